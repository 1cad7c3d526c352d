//! Countries by their codes and names in both languages, so that a shop that writes `GB` is asked about
//! Britain and about «Великобритания».

/// A country: its code of two letters, its English names, and how its Russian name begins.
struct Country {
    code: &'static str,
    english: &'static str,
    russian: &'static str,
}

const fn country(code: &'static str, english: &'static str, russian: &'static str) -> Country {
    Country { code, english, russian }
}

#[rustfmt::skip]
const COUNTRIES: &[Country] = &[
    country("gb", "united kingdom|uk|great britain|britain|england", "великобритани|британи|англи|соединенн королевств|соединенном королевств|соединенного королевств|соединенное королевств"),
    country("ie", "ireland|eire|republic of ireland", "ирланди"),
    country("fr", "france", "франци"),
    country("de", "germany|deutschland", "германи"),
    country("at", "austria|osterreich", "австри"),
    country("ch", "switzerland|schweiz", "швейцари"),
    country("nl", "netherlands|the netherlands|holland", "нидерланд|голланди"),
    country("be", "belgium", "бельги"),
    country("lu", "luxembourg", "люксембург"),
    country("es", "spain", "испани"),
    country("pt", "portugal", "португали"),
    country("it", "italy|italia", "итали"),
    country("gr", "greece", "греци"),
    country("cy", "cyprus", "кипр"),
    country("mt", "malta", "мальт"),
    country("dk", "denmark", "дани"),
    country("se", "sweden", "швеци"),
    country("no", "norway", "норвеги"),
    country("fi", "finland", "финлянди"),
    country("is", "iceland", "исланди"),
    country("ee", "estonia", "эстони"),
    country("lv", "latvia", "латви"),
    country("lt", "lithuania", "литв"),
    country("pl", "poland", "польш"),
    country("cz", "czech republic|czechia", "чехи|чешск республик|чешской республик|чешская республик"),
    country("sk", "slovakia", "словаки"),
    country("hu", "hungary", "венгри"),
    country("ro", "romania", "румыни"),
    country("bg", "bulgaria", "болгари"),
    country("si", "slovenia", "словени"),
    country("hr", "croatia", "хорвати"),
    country("rs", "serbia", "серби"),
    country("me", "montenegro", "черногори"),
    country("ru", "russia|russian federation", "росси|российской федераци|российская федераци|рф"),
    country("by", "belarus", "беларус|белорусси"),
    country("ua", "ukraine", "украин"),
    country("kz", "kazakhstan", "казахстан"),
    country("uz", "uzbekistan", "узбекистан"),
    country("kg", "kyrgyzstan", "киргизи|кыргызстан"),
    country("tj", "tajikistan", "таджикистан"),
    country("am", "armenia", "армени"),
    country("ge", "georgia", "грузи"),
    country("az", "azerbaijan", "азербайджан"),
    country("md", "moldova", "молдов|молдави"),
    country("tr", "turkey|turkiye", "турци"),
    country("il", "israel", "израил"),
    country("ae", "united arab emirates|uae|emirates", "эмират|оаэ|арабск эмират|арабских эмират|арабские эмират|объединенные арабские эмират|объединенных арабских эмират"),
    country("sa", "saudi arabia", "саудовск арави|саудовской арави|саудовская арави|саудовскую арави"),
    country("qa", "qatar", "катар"),
    country("bh", "bahrain", "бахрейн"),
    country("lb", "lebanon", "ливан"),
    country("eg", "egypt", "египет|египт"),
    country("ma", "morocco", "марокко"),
    country("za", "south africa|rsa|republic of south africa", "юар|южн африк|южной африк|южная африк"),
    country("ng", "nigeria", "нигери"),
    country("ke", "kenya", "кени"),
    country("us", "united states|usa|us|united states of america|america|the states", "сша|америк|соединенн штат|соединенных штат|соединенные штат|штат"),
    country("ca", "canada", "канад"),
    country("mx", "mexico", "мексик"),
    country("br", "brazil|brasil", "бразили"),
    country("ar", "argentina", "аргентин"),
    country("cl", "chile", "чили"),
    country("co", "colombia", "колумби"),
    country("au", "australia", "австрали"),
    country("nz", "new zealand", "нов зеланди|новой зеланди|новая зеланди|новую зеланди"),
    country("jp", "japan", "япони"),
    country("cn", "china", "кита"),
    country("hk", "hong kong", "гонконг"),
    country("tw", "taiwan", "тайван"),
    country("kr", "south korea|korea|republic of korea", "коре|южн коре|южной коре|южная коре|южную коре"),
    country("in", "india", "инди"),
    country("sg", "singapore", "сингапур"),
    country("th", "thailand", "таиланд|тайланд"),
    country("vn", "vietnam", "вьетнам"),
    country("id", "indonesia", "индонези"),
    country("my", "malaysia", "малайзи"),
    country("ph", "philippines", "филиппин"),
];

/// Codes that are words of a question as well: they are codes only where they are written in capitals.
const WORDS: [&str; 11] = ["in", "is", "at", "be", "no", "me", "us", "it", "my", "by", "am"];

/// Endings of the cases of Russian names.
const ENDINGS: [&str; 22] = [
    "", "я", "ю", "и", "е", "ей", "й", "а", "у", "ы", "ом", "ем", "ой", "ов", "ам", "ами", "ах",
    "ь", "ью", "ию", "ии", "о",
];

/// The code of the country that a name of a shop means.
pub(super) fn code_of(words: &[String]) -> Option<&'static str> {
    let name = words.join(" ");
    let found = COUNTRIES.iter().find(|country| {
        country.code == name
            || country.english.split('|').any(|english| english == name)
            || begins(country, words) == Some(words.len())
    });
    found.map(|country| country.code)
}

/// The code of the country that some words begin with, and how many words name it. `typed` has the words as they
/// were typed.
pub(super) fn longest(words: &[String], typed: &[&str]) -> Option<(usize, &'static str)> {
    let mut best: Option<(usize, &'static str)> = None;
    for country in COUNTRIES {
        let english = country.english.split('|').filter_map(|name| {
            let count = name.split(' ').count();
            let is_here = words.get(..count)?.iter().map(String::as_str).eq(name.split(' '));
            // What is a word as well, like `us`, is a country in capitals.
            let is_word = count == 1 && WORDS.contains(&name);
            let is_capital = typed.first().is_some_and(|typed| is_capitals(typed));
            (is_here && (!is_word || is_capital)).then_some(count)
        });
        let by_code = typed
            .first()
            .is_some_and(|typed| is_capitals(typed) && typed.to_lowercase() == country.code);
        let length = english.chain(begins(country, words)).chain(by_code.then_some(1)).max();
        if let Some(length) = length
            && best.is_none_or(|(most, _)| length > most)
        {
            best = Some((length, country.code));
        }
    }
    best
}

fn is_capitals(typed: &str) -> bool {
    !typed.is_empty() && typed.chars().all(char::is_uppercase)
}

/// How many words a country's Russian name has that some words begin with.
fn begins(country: &Country, words: &[String]) -> Option<usize> {
    let name = |name: &str| {
        let beginnings: Vec<_> = name.split(' ').collect();
        let here = words.get(..beginnings.len())?;
        let fits = here.iter().zip(&beginnings).enumerate().all(|(at, (word, beginning))| {
            // The words before the last are told with their endings.
            let is_last = at + 1 == beginnings.len();
            word.strip_prefix(beginning)
                .is_some_and(|rest| rest.is_empty() || is_last && ENDINGS.contains(&rest))
        });
        fits.then_some(beginnings.len())
    };
    country.russian.split('|').filter_map(name).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assistant::ask::text;

    fn found(text: &str) -> Option<&'static str> {
        let tokens = text::tokens(text);
        let words: Vec<_> = tokens.iter().map(|token| token.word.clone()).collect();
        let typed: Vec<_> = tokens.iter().map(|token| &*token.typed).collect();
        longest(&words, &typed).map(|(_, code)| code)
    }

    #[test]
    fn countries_are_known_by_code_and_in_each_case() {
        for (text, code) in [
            ("France", "fr"),
            ("GB", "gb"),
            ("the Netherlands", "nl"),
            ("Великобританию", "gb"),
            ("Францией", "fr"),
            ("Дании", "dk"),
            ("Китаем", "cn"),
            ("США", "us"),
            ("Соединенных Штатах", "us"),
            ("EIRE", "ie"),
        ] {
            assert_eq!(found(text), Some(code), "{text}");
        }
        assert_eq!(found("us"), None);
        assert_eq!(found("in"), None);
        assert_eq!(found("данных"), None);
    }
}
