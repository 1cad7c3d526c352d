//! What every page has around its content: language, theme, navigation, and who is signed in.

use super::assets::{self, Addresses};
use super::look::{Look, Theme};
use super::visitor::Visitor;
use crate::locale::{Args, Lang, Locale, Marked};

/// A place in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nav {
    Home,
    Reports,
    Customers,
    Orders,
    Trends,
    Forecast,
    Recommendations,
    Ask,
    Connect,
    Settings,
}

/// What stands under one heading of the navigation.
pub(super) struct Group {
    pub(super) heading: &'static str,
    pub(super) items: &'static [Item],
}

/// A link of the navigation.
pub(super) struct Item {
    pub(super) nav: Nav,
    pub(super) path: &'static str,
    pub(super) icon: &'static str,
    pub(super) text: &'static str,
}

const fn item(nav: Nav, path: &'static str, icon: &'static str, text: &'static str) -> Item {
    Item { nav, path, icon, text }
}

/// What happened, what will happen, what to do: in this order.
const MAIN: &[Group] = &[
    Group { heading: "", items: &[item(Nav::Home, "/home", "home", "nav-home")] },
    Group {
        heading: "nav-happened",
        items: &[
            item(Nav::Reports, "/reports", "report", "nav-reports"),
            item(Nav::Customers, "/customers", "users", "nav-customers"),
            item(Nav::Orders, "/orders", "cart", "nav-orders"),
            item(Nav::Trends, "/trends", "trend", "nav-trends"),
        ],
    },
    Group {
        heading: "nav-ahead",
        items: &[item(Nav::Forecast, "/forecast", "forecast", "nav-forecast")],
    },
    Group {
        heading: "nav-todo",
        items: &[
            item(Nav::Recommendations, "/recommendations", "todo", "nav-recommendations"),
            item(Nav::Ask, "/ask", "ask", "nav-ask"),
        ],
    },
];

/// What has a place in the tab bar, which has room for five: the last opens all others.
const AT_THE_THUMB: [Nav; 4] = [Nav::Home, Nav::Reports, Nav::Customers, Nav::Recommendations];

const WORKSPACE: &[Item] = &[
    item(Nav::Connect, "/connect", "plug", "nav-connect"),
    item(Nav::Settings, "/settings", "gear", "nav-settings"),
];

/// One of a few settings.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) text: String,
    pub(super) is_here: bool,
}

/// Language, theme and assets: what pages without navigation have as well.
pub(super) struct Frame {
    pub(super) locale: Locale,
    pub(super) theme: Theme,
    pub(super) here: String,
    pub(super) assets: &'static Addresses,
    /// The session's token against forged forms; empty for a guest.
    pub(super) csrf: String,
}

impl Frame {
    pub(super) fn of_guest(look: &Look, csrf: String) -> Self {
        let locale =
            Locale::new(look.lang, chrono_tz::Tz::UTC, crm_models::Timestamp::from_millis(0));
        let (theme, here) = (look.theme, look.here.clone());
        Self { locale, theme, here, assets: assets::addresses(), csrf }
    }

    /// A text.
    pub(super) fn t(&self, key: &str) -> String {
        self.locale.say(key)
    }

    /// A text with a number.
    pub(super) fn n(&self, key: &str, n: impl TryInto<i64>) -> String {
        self.locale.count(key, n)
    }

    /// A text with another in it.
    pub(super) fn x(&self, key: &str, x: &str) -> String {
        self.locale.with(key, &[("x", x.into())])
    }

    /// A text with what it is about in bold.
    pub(super) fn marked(&self, key: &str, args: Args<'_>) -> Marked {
        self.locale.marked(key, args)
    }

    pub(super) fn lang(&self) -> &'static str {
        self.locale.lang().code()
    }

    /// The languages, and which one this page is in.
    pub(super) fn languages(&self) -> [Choice; 2] {
        Lang::ALL.map(|lang| Choice {
            value: lang.code(),
            text: lang.name().to_owned(),
            is_here: lang == self.locale.lang(),
        })
    }

    /// The themes, and which one was chosen.
    pub(super) fn themes(&self) -> [Choice; 3] {
        Theme::ALL.map(|theme| Choice {
            value: theme.name(),
            text: self.t(theme.key()),
            is_here: theme == self.theme,
        })
    }

    /// The theme that a press on the toggle leads to.
    pub(super) fn other_theme(&self) -> &'static str {
        match self.theme {
            Theme::System => "dark",
            Theme::Dark => "light",
            Theme::Light => "system",
        }
    }
}

/// The frame of a page of somebody who is signed in.
pub(super) struct Shell {
    pub(super) frame: Frame,
    pub(super) title: String,
    pub(super) nav: Nav,
    pub(super) workspace: String,
    pub(super) person: String,
    /// When events last came, in words; nothing where none ever did.
    pub(super) last_event: Option<String>,
}

impl Shell {
    pub(super) fn new(visitor: &Visitor, nav: Nav, title: &'static str) -> Self {
        let workspace = &visitor.account.workspace;
        let locale = Locale::new(visitor.look.lang, workspace.timezone, visitor.now);
        let title = locale.say(title);
        let last_event = visitor.last_event_at.map(|at| locale.moment(at));
        let frame = Frame {
            locale,
            theme: visitor.look.theme,
            here: visitor.look.here.clone(),
            assets: assets::addresses(),
            csrf: visitor.session.token.csrf_token(),
        };
        Self {
            frame,
            title,
            nav,
            workspace: workspace.title.clone(),
            person: visitor.account.user.name.clone(),
            last_event,
        }
    }

    pub(super) fn groups(&self) -> &'static [Group] {
        MAIN
    }

    pub(super) fn own(&self) -> &'static [Item] {
        WORKSPACE
    }

    /// What the tab bar at the thumb leads to.
    pub(super) fn tabs(&self) -> impl Iterator<Item = &'static Item> {
        all().filter(|item| AT_THE_THUMB.contains(&item.nav))
    }

    /// What stands behind its last tab.
    pub(super) fn more(&self) -> impl Iterator<Item = &'static Item> {
        all().filter(|item| !AT_THE_THUMB.contains(&item.nav))
    }
}

fn all() -> impl Iterator<Item = &'static Item> {
    MAIN.iter().flat_map(|group| group.items).chain(WORKSPACE)
}

/// Pages write `s.t(…)`, whatever frame they have.
impl std::ops::Deref for Shell {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.frame
    }
}
