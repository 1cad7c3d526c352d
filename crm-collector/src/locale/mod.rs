//! A reader's language with its formats of money, numbers and days, in the time zone of the workspace.

mod money;
mod number;
mod texts;
mod when;

use std::fmt;

use askama::FastWritable;
use askama::filters::HtmlSafe;
use chrono_tz::Tz;
use crm_models::Timestamp;
use fluent_bundle::FluentValue;

use texts::Texts;

/// What a text is filled with.
pub(crate) type Args<'a> = &'a [(&'static str, FluentValue<'a>)];

/// A language that pages are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lang {
    #[default]
    English,
    Russian,
}

impl Lang {
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// Its code, as `lang` of a page.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }

    /// Its name in itself.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Russian => "Русский",
        }
    }

    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The one that an `Accept-Language` header likes best; English where it names none of ours.
    pub(crate) fn accepted(header: &str) -> Self {
        let liked = header.split(',').take(32).filter_map(|one| {
            let mut parts = one.split(';').map(str::trim);
            let lang = Self::parse(parts.next()?.split('-').next()?.to_lowercase().as_str())?;
            let weight = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
            weight.parse::<f32>().ok().filter(|weight| *weight > 0.0).map(|weight| (weight, lang))
        });
        // The first of equal ones: people list what they like best at the front.
        let best = liked.reduce(|best, one| if one.0 > best.0 { one } else { best });
        best.map_or(Self::default(), |(_, lang)| lang)
    }
}

/// A language, the time zone of days and hours, and what time it is.
#[derive(Clone, Copy)]
pub(crate) struct Locale {
    lang: Lang,
    zone: Tz,
    now: Timestamp,
}

impl Locale {
    pub(crate) fn new(lang: Lang, zone: Tz, now: Timestamp) -> Self {
        Self { lang, zone, now }
    }

    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// A text.
    pub(crate) fn say(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A text with a number, which decides its grammar.
    pub(crate) fn count(&self, key: &str, n: impl TryInto<i64>) -> String {
        self.with(key, &[("n", n.try_into().unwrap_or(i64::MAX).into())])
    }

    /// A text that is filled with others.
    pub(crate) fn with(&self, key: &str, args: Args<'_>) -> String {
        Texts::of(self.lang).say(key, args)
    }

    /// The same with what stands between ⟦ and ⟧ in bold. What it is filled with is escaped.
    pub(crate) fn marked(&self, key: &str, args: Args<'_>) -> Marked {
        Marked::bold(&self.with(key, args))
    }
}

/// Text that is HTML already: everything in it is escaped but the few tags that are put there here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marked(String);

impl Marked {
    /// A text whose bold parts stand between ⟦ and ⟧.
    fn bold(text: &str) -> Self {
        let mut html = String::with_capacity(text.len() + 32);
        for character in text.chars() {
            match character {
                '⟦' => html.push_str("<b>"),
                '⟧' => html.push_str("</b>"),
                other => escape(&mut html, other),
            }
        }
        Self(html)
    }

    /// A text as it is.
    pub(crate) fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        text.chars().for_each(|character| escape(&mut html, character));
        Self(html)
    }

    /// An element around a text, with attributes that are names and texts.
    fn element(tag: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        let mut html = format!("<{tag}");
        for (name, value) in attributes {
            html.push_str(&format!(" {name}=\""));
            value.chars().for_each(|character| escape(&mut html, character));
            html.push('"');
        }
        html.push('>');
        text.chars().for_each(|character| escape(&mut html, character));
        html.push_str(&format!("</{tag}>"));
        Self(html)
    }
}

fn escape(html: &mut String, character: char) {
    match character {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\'' => html.push_str("&#39;"),
        other => html.push(other),
    }
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FastWritable for Marked {
    fn write_into(&self, into: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        into.write_str(&self.0)?;
        Ok(())
    }
}

impl HtmlSafe for Marked {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_the_language_it_likes_best_of_ours() {
        let cases = [
            ("ru-RU,ru;q=0.9,en-US;q=0.8", Lang::Russian),
            ("de,en;q=0.7,ru;q=0.9", Lang::Russian),
            ("en;q=0.5,ru;q=0.5", Lang::English),
            ("ru;q=0, de", Lang::English),
            ("", Lang::English),
            ("RU", Lang::Russian),
        ];
        for (header, expected) in cases {
            assert_eq!(Lang::accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn what_a_text_is_filled_with_cannot_be_a_tag() {
        let locale = Locale::new(Lang::English, Tz::UTC, Timestamp::from_millis(0));
        let hostile = "<script>\"'&⟦x⟧";
        let marked = locale.marked("customers-nothing-about", &[("q", hostile.into())]).to_string();
        assert!(marked.contains("&lt;script&gt;&quot;&#39;&amp;x"), "{marked}");
    }
}
