//! Forms: read, held to the page that they came from, and answered with a redirect.
//!
//! A form is taken from a page of our own alone: by what the browser says of where it comes from, and, where
//! a session's cookie comes with it, by the CSRF token that belongs to that session.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{CONTENT_TYPE, HOST, HeaderName, LOCATION, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use crm_models::Code;

use super::look::Look;
use super::visitor::Visitor;
use crate::auth::SessionToken;
use crate::http::{ApiError, ApiResult, Body, ClientAddress, Services, cookie};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The field of a form that its token stands in.
pub(super) const CSRF: &str = "csrf";

/// The fields of a form, in the order they came in.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// What stands in a field; nothing where it is not there or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// What stands in a field that may be empty.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Everything that stands in the fields of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(field, _)| field == name);
        named.map(|(_, value)| value.as_str())
    }

    /// What stands in a field that has to be there.
    pub(super) fn need(&self, name: &'static str) -> ApiResult<&str> {
        self.get(name).ok_or_else(|| ApiError::new(Code::MissingField, "is needed").field(name))
    }
}

/// A form from whoever is there, signed in or not.
pub(super) struct Posted {
    pub(super) fields: Fields,
    pub(super) look: Look,
    pub(super) address: ClientAddress,
    /// The session that the browser has, if any; it is not known whether it still lasts.
    pub(super) token: Option<SessionToken>,
}

impl FromRequest<Services> for Posted {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        let (mut parts, body) = request.into_parts();
        let Ok(look) = Look::from_request_parts(&mut parts, services).await;
        let address = ClientAddress::from_request_parts(&mut parts, services).await?;
        let token = cookie::session_token(&parts.headers);
        let headers = parts.headers.clone();
        let fields = read(&headers, Request::from_parts(parts, body), services).await?;
        if let Some(token) = &token {
            token.check_csrf(fields.get(CSRF))?;
        }
        Ok(Self { fields, look, address, token })
    }
}

/// A form from somebody who is signed in.
pub(super) struct Submitted {
    pub(super) visitor: Visitor,
    pub(super) fields: Fields,
}

impl FromRequest<Services> for Submitted {
    type Rejection = ApiError;

    async fn from_request(request: Request, services: &Services) -> ApiResult<Self> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::of(&mut parts, services).await?;
        let headers = parts.headers.clone();
        let fields = read(&headers, Request::from_parts(parts, body), services).await?;
        visitor.session.token.check_csrf(fields.get(CSRF))?;
        Ok(Self { visitor, fields })
    }
}

async fn read(headers: &HeaderMap, request: Request, services: &Services) -> ApiResult<Fields> {
    from_here(headers, &services.public_url)?;
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        let rule = "a form is sent as application/x-www-form-urlencoded";
        return Err(ApiError::new(Code::UnsupportedMedia, rule));
    }
    let body = <Body>::from_request(request, services).await?;
    Ok(Fields(form_urlencoded::parse(&body.bytes).into_owned().collect()))
}

/// Refuses a form that another site's page sent. A browser says where a form comes from; what says
/// nothing of it is no browser, and has no cookies of somebody else's.
fn from_here(headers: &HeaderMap, public_url: &str) -> ApiResult<()> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let own = match (text(SEC_FETCH_SITE), text(ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            // A proxy in front may name another host than the browser does.
            origin == public_url || (host.is_some() && host == text(HOST))
        }
        (None, None) => true,
    };
    match own {
        true => Ok(()),
        false => {
            let why = "this form came from another site; open the page here and send it again";
            Err(ApiError::new(Code::CsrfRequired, why))
        }
    }
}

/// Where to go on after a form: a page of ours, whatever was asked for.
pub(super) fn see(place: &str) -> Response {
    let place = HeaderValue::from_str(local(place)).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// The path, where it is one of this site, else `/`. A browser reads `//host` and `/\host` as
/// another site, and drops tabs and line ends before it reads.
pub(super) fn local(place: &str) -> &str {
    let rest = place.strip_prefix('/');
    let safe = rest.is_some_and(|rest| !rest.starts_with(['/', '\\']))
        && place.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    if safe { place } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for away in [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "javascript:alert(1)",
            "",
            "customers",
            "/a\r\nset-cookie: a=b",
        ] {
            assert_eq!(local(away), "/", "{away:?}");
        }
        assert_eq!(local("/customers?q=%22a%22&after=x"), "/customers?q=%22a%22&after=x");
    }

    #[test]
    fn a_form_of_another_site_is_told_by_what_the_browser_says() {
        let told = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| {
                (HeaderName::from_static(name), HeaderValue::from_static(value))
            });
            from_here(&headers.collect(), "https://crm.example").is_ok()
        };
        assert!(told(&[]));
        assert!(told(&[("sec-fetch-site", "same-origin"), ("origin", "https://crm.example")]));
        assert!(told(&[("origin", "http://crm.example:87"), ("host", "crm.example:87")]));
        // Behind a proxy that names another host, from where people reach it.
        assert!(told(&[("origin", "https://crm.example"), ("host", "127.0.0.1:8787")]));
        assert!(!told(&[("origin", "https://evil.example"), ("host", "127.0.0.1:8787")]));
        assert!(!told(&[("sec-fetch-site", "cross-site")]));
        assert!(!told(&[("sec-fetch-site", "same-site"), ("host", "crm.example")]));
        assert!(!told(&[("origin", "null"), ("host", "crm.example")]));
        assert!(!told(&[("origin", "http://evil.example"), ("host", "crm.example")]));
    }
}
