//! What the demo shop sells: things for the home, in eight categories.

/// A product.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) category: Category,
    /// Price in the first year, in hundredths, with the tax that is in it.
    pub(super) cents: u32,
    /// How often it is chosen, against the others.
    pub(super) weight: u64,
    /// What often goes with it.
    pub(super) pair: Option<&'static str>,
}

/// What can be eaten or drunk.
const FOOD: [&str; 8] =
    ["TEA-101", "TEA-102", "TEA-103", "TEA-104", "TEA-105", "TEA-106", "TEA-107", "XMS-108"];

impl Product {
    /// Value-added tax on it, in hundredths: of food it is less.
    pub(super) fn tax(&self) -> u64 {
        if FOOD.contains(&self.sku) { 7 } else { 19 }
    }
}

/// A category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Tea,
    Kitchen,
    Table,
    Textiles,
    Light,
    Garden,
    Stationery,
    Christmas,
}

impl Category {
    pub(super) const ALL: [Self; 8] = [
        Self::Tea,
        Self::Kitchen,
        Self::Table,
        Self::Textiles,
        Self::Light,
        Self::Garden,
        Self::Stationery,
        Self::Christmas,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tea => "Tea & coffee",
            Self::Kitchen => "Kitchen",
            Self::Table => "Tableware",
            Self::Textiles => "Textiles",
            Self::Light => "Candles & light",
            Self::Garden => "Garden",
            Self::Stationery => "Stationery",
            Self::Christmas => "Christmas",
        }
    }

    /// How much it is sought in a month (1 to 12), in hundredths of the usual.
    pub(super) fn season(self, month: u32) -> u64 {
        match (self, month) {
            (Self::Christmas, 12) => 420,
            (Self::Christmas, 11) => 360,
            (Self::Christmas, 10) => 120,
            (Self::Christmas, 9) => 20,
            (Self::Christmas, 1) => 15,
            (Self::Christmas, _) => 2,
            (Self::Garden, 4..=6) => 260,
            (Self::Garden, 3 | 7) => 170,
            (Self::Garden, 8) => 110,
            (Self::Garden, _) => 30,
            (Self::Light | Self::Tea, 10..=12 | 1..=2) => 140,
            (Self::Stationery, 8 | 9) => 190,
            (Self::Stationery, 12) => 160,
            _ => 100,
        }
    }

    /// What the shop pays for such goods, in hundredths of their price without tax.
    pub(super) fn cost(self) -> u64 {
        match self {
            Self::Tea => 44,
            Self::Kitchen | Self::Garden => 55,
            Self::Table | Self::Light => 48,
            Self::Textiles | Self::Stationery => 46,
            Self::Christmas => 38,
        }
    }

    /// How many of a million sales with such an item come back.
    pub(super) fn returned(self) -> u64 {
        match self {
            Self::Textiles => 120_000,
            Self::Light | Self::Garden => 65_000,
            Self::Tea => 20_000,
            _ => 45_000,
        }
    }
}

const fn product(
    sku: &'static str,
    name: &'static str,
    category: Category,
    cents: u32,
    weight: u64,
    pair: Option<&'static str>,
) -> Product {
    Product { sku, name, category, cents, weight, pair }
}

use Category::{Christmas, Garden, Kitchen, Light, Stationery, Table, Tea, Textiles};

#[rustfmt::skip]
pub(super) const PRODUCTS: &[Product] = &[
    product("TEA-101", "Assam Breakfast, 250 g", Tea, 1190, 90, Some("TEA-201")),
    product("TEA-102", "Darjeeling First Flush, 100 g", Tea, 1450, 55, Some("TEA-201")),
    product("TEA-103", "Earl Grey, 250 g", Tea, 1090, 80, Some("TEA-202")),
    product("TEA-104", "Sencha, 100 g", Tea, 1290, 45, Some("TEA-203")),
    product("TEA-105", "Rooibos Vanilla, 250 g", Tea, 990, 50, None),
    product("TEA-106", "House Espresso, 1 kg", Tea, 2290, 70, Some("TEA-204")),
    product("TEA-107", "Filter Roast Ethiopia, 500 g", Tea, 1590, 60, Some("TEA-205")),
    product("TEA-201", "Tea Strainer, steel", Tea, 750, 35, None),
    product("TEA-202", "Stoneware Teapot, 1.2 l", Tea, 3990, 30, Some("TBL-104")),
    product("TEA-203", "Cast-iron Kettle, 0.8 l", Tea, 5990, 12, None),
    product("TEA-204", "Moka Pot, 6 cups", Tea, 3490, 22, None),
    product("TEA-205", "Paper Filters, 100", Tea, 450, 40, None),
    product("KIT-101", "Chef's Knife, 20 cm", Kitchen, 7990, 22, Some("KIT-103")),
    product("KIT-102", "Paring Knife, 9 cm", Kitchen, 2490, 30, Some("KIT-103")),
    product("KIT-103", "Oak Chopping Board", Kitchen, 3490, 34, Some("KIT-108")),
    product("KIT-104", "Cast-iron Pan, 26 cm", Kitchen, 5490, 20, None),
    product("KIT-105", "Copper Saucepan, 1.5 l", Kitchen, 11900, 8, None),
    product("KIT-106", "Enamel Baking Tray", Kitchen, 1990, 32, Some("KIT-107")),
    product("KIT-107", "Rolling Pin, beech", Kitchen, 1290, 26, None),
    product("KIT-108", "Board Oil, 200 ml", Kitchen, 890, 24, None),
    product("KIT-109", "Spice Jars, set of 6", Kitchen, 1890, 38, None),
    product("TBL-101", "Dinner Plate, speckled", Table, 1690, 60, Some("TBL-102")),
    product("TBL-102", "Soup Bowl, speckled", Table, 1490, 55, Some("TBL-101")),
    product("TBL-103", "Water Glass, set of 4", Table, 2290, 40, None),
    product("TBL-104", "Stoneware Mug", Table, 1350, 85, None),
    product("TBL-105", "Cutlery Set, 16 pieces", Table, 6990, 14, None),
    product("TBL-106", "Serving Platter, 38 cm", Table, 3290, 18, None),
    product("TBL-107", "Wine Glass, set of 2", Table, 1990, 36, Some("TBL-108")),
    product("TBL-108", "Carafe, 1 l", Table, 2490, 24, None),
    product("TXT-101", "Linen Tea Towel", Textiles, 1290, 70, None),
    product("TXT-102", "Linen Tablecloth, 140 × 250 cm", Textiles, 7490, 14, Some("TXT-103")),
    product("TXT-103", "Napkins, set of 4", Textiles, 2690, 26, None),
    product("TXT-104", "Wool Blanket, herringbone", Textiles, 8990, 18, Some("TXT-105")),
    product("TXT-105", "Cushion Cover, 50 × 50 cm", Textiles, 2490, 34, Some("TXT-106")),
    product("TXT-106", "Cushion Filling, feather", Textiles, 1690, 16, None),
    product("TXT-107", "Bath Towel, waffle", Textiles, 2990, 40, Some("TXT-108")),
    product("TXT-108", "Guest Towel, waffle", Textiles, 1190, 30, None),
    product("TXT-109", "Apron, indigo", Textiles, 3590, 22, None),
    product("LGT-101", "Beeswax Candles, set of 4", Light, 1490, 60, Some("LGT-102")),
    product("LGT-102", "Brass Candlestick", Light, 2790, 28, None),
    product("LGT-103", "Scented Candle, fig", Light, 2290, 48, None),
    product("LGT-104", "Scented Candle, cedar", Light, 2290, 42, None),
    product("LGT-105", "Table Lamp, opal glass", Light, 12900, 9, Some("LGT-106")),
    product("LGT-106", "LED Bulb, warm, E27", Light, 790, 30, None),
    product("LGT-107", "Storm Lantern", Light, 3890, 16, Some("LGT-101")),
    product("GRD-101", "Secateurs", Garden, 3290, 26, Some("GRD-103")),
    product("GRD-102", "Watering Can, 5 l, zinc", Garden, 2990, 22, None),
    product("GRD-103", "Garden Gloves", Garden, 1490, 38, None),
    product("GRD-104", "Terracotta Pot, 24 cm", Garden, 1290, 50, Some("GRD-105")),
    product("GRD-105", "Saucer, 24 cm", Garden, 590, 26, None),
    product("GRD-106", "Herb Seeds, set of 6", Garden, 990, 44, Some("GRD-104")),
    product("GRD-107", "Bird Feeder, larch", Garden, 2490, 18, None),
    product("STA-101", "Notebook A5, dotted", Stationery, 1190, 60, Some("STA-102")),
    product("STA-102", "Gel Pen, black, set of 3", Stationery, 690, 44, None),
    product("STA-103", "Fountain Pen, brass", Stationery, 5490, 12, Some("STA-104")),
    product("STA-104", "Ink, midnight blue, 50 ml", Stationery, 1290, 16, None),
    product("STA-105", "Desk Calendar", Stationery, 1590, 24, None),
    product("STA-106", "Letter Paper and Envelopes", Stationery, 1390, 20, None),
    product("STA-107", "Recipe Journal", Stationery, 1890, 26, Some("STA-102")),
    product("XMS-101", "Glass Baubles, set of 12", Christmas, 2490, 60, Some("XMS-102")),
    product("XMS-102", "Bauble Hooks, brass, 24", Christmas, 590, 30, None),
    product("XMS-103", "Advent Calendar", Christmas, 1990, 55, None),
    product("XMS-104", "Straw Stars, set of 9", Christmas, 1190, 40, None),
    product("XMS-105", "Gift Wrap, 5 sheets", Christmas, 890, 70, Some("XMS-106")),
    product("XMS-106", "Gift Ribbon, linen, 10 m", Christmas, 690, 50, None),
    product("XMS-107", "Fir Wreath, dried", Christmas, 3490, 22, None),
    product("XMS-108", "Spiced Tea, 150 g", Christmas, 990, 64, Some("TBL-104")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skus_are_unique_and_pairs_exist() {
        let mut skus: Vec<_> = PRODUCTS.iter().map(|product| product.sku).collect();
        for pair in PRODUCTS.iter().filter_map(|product| product.pair) {
            assert!(skus.contains(&pair), "{pair}");
        }
        skus.sort_unstable();
        skus.dedup();
        assert!(skus.len() >= 60, "{}", skus.len());
        assert_eq!(skus.len(), PRODUCTS.len());
        assert!(FOOD.iter().all(|food| skus.contains(food)));
    }
}
