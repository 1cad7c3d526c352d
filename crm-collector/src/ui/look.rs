//! How a page looks to who asks for it: language and theme, by their setting, else by their browser.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::http::{ApiError, ApiResult, cookie};
use crate::locale::Lang;

const LANGUAGE: &str = "crm_language";
const THEME: &str = "crm_theme";
/// A year; a setting that is older is asked of the browser again.
const KEPT_S: u32 = 365 * 24 * 60 * 60;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system has it.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub(super) const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The text that names it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::System => "theme-system",
            Self::Light => "theme-light",
            Self::Dark => "theme-dark",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == text)
    }
}

/// Language, theme, and the address that was asked for.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) lang: Lang,
    pub(super) theme: Theme,
    /// Path and query, to come back to.
    pub(super) here: String,
}

impl Look {
    pub(super) fn of(headers: &HeaderMap, here: &str) -> Self {
        let language = cookie::named(headers, LANGUAGE).and_then(Lang::parse);
        let accepted = || {
            let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
            Lang::accepted(accepted.unwrap_or_default())
        };
        let theme = cookie::named(headers, THEME).and_then(Theme::parse);
        Self {
            lang: language.unwrap_or_else(accepted),
            theme: theme.unwrap_or_default(),
            here: here.to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Look {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let here = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self::of(&parts.headers, here))
    }
}

/// The cookie that keeps a language.
pub(super) fn language_cookie(lang: Lang, secure: bool) -> ApiResult<HeaderValue> {
    kept(LANGUAGE, lang.code(), secure)
}

/// The cookie that keeps a theme.
pub(super) fn theme_cookie(theme: Theme, secure: bool) -> ApiResult<HeaderValue> {
    kept(THEME, theme.name(), secure)
}

fn kept(name: &str, value: &str, secure: bool) -> ApiResult<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={KEPT_S}{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}
