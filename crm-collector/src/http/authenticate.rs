//! From a request to who is asking: an API key in `Authorization`, else a session's cookie.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header::{AUTHORIZATION, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use crm_models::Code;

use super::cookie::cookie;
use super::pool::Holder;
use super::{ApiError, ApiResult, Services};
use crate::auth::right::{Ingest, Person, Right};
use crate::auth::{Access, AuthError, Principal, SessionToken};

const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who is behind an API key or a session, if they have the right.
impl<R: Right> FromRequestParts<Services> for Access<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        let principal = match bearer(&parts.headers)?.map(str::to_owned) {
            Some(key) => by_key(&key, parts, services).await?,
            None => by_session(parts, services).await?.1,
        };
        Ok(principal.access()?)
    }
}

/// Nobody, where a request brings no credentials; wrong ones are refused all the same.
impl<R: Right> OptionalFromRequestParts<Services> for Access<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Option<Self>> {
        if bearer(&parts.headers)?.is_none() && cookie(&parts.headers).is_none() {
            return Ok(None);
        }
        <Self as FromRequestParts<Services>>::from_request_parts(parts, services).await.map(Some)
    }
}

/// Who sends a batch: as everywhere, or by a browser key in the query, as
/// `?key=crm_pk_…`.
///
/// A page that is being closed can send only what needs no preflight: no header of its own, and
/// `text/plain`. A browser key may stand in an address, for it stands in the page as well; it is
/// bound to its origins. A secret key may not: addresses end up in the logs of proxies.
pub(super) struct Sender {
    /// Their right.
    pub(super) access: Access<Ingest>,
    /// Whether the body need not say that it is JSON. Not with a cookie, which pages of others
    /// could make use of.
    pub(super) any_content_type: bool,
}

impl FromRequestParts<Services> for Sender {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        let Some(key) = query_key(parts) else {
            let access =
                <Access<_> as FromRequestParts<_>>::from_request_parts(parts, services).await?;
            return Ok(Self { access, any_content_type: false });
        };
        let refuse = |detail| Err(ApiError::new(Code::Unauthorized, detail));
        if !key.starts_with("crm_pk_") {
            return refuse(
                "a key in the query is a browser key, crm_pk_…; a secret one that was sent there \
                 should be revoked",
            );
        }
        if parts.headers.contains_key(AUTHORIZATION) {
            return refuse("send the key in the query or in Authorization, not in both");
        }
        let access = by_key(&key, parts, services).await?.access()?;
        Ok(Self { access, any_content_type: true })
    }
}

/// The key in the query, which has no character that would be escaped there.
fn query_key(parts: &Parts) -> Option<String> {
    let pairs = parts.uri.query()?.split('&');
    pairs.filter_map(|pair| pair.strip_prefix("key=")).next().map(str::to_owned)
}

async fn by_key(key: &str, parts: &mut Parts, services: &Services) -> ApiResult<Principal> {
    let principal = services.auth.key(key).await?;
    parts.extensions.insert(Holder::known(principal.workspace(), principal.actor()));
    if let Some(key) = principal.key_id() {
        parts.extensions.insert(key);
    }
    let origin = parts.headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    // Browsers leave the origin out of reads on a page's own origin, and of nothing else.
    if origin.is_some() || !is_safe(&parts.method) {
        principal.require_origin(origin)?;
    }
    Ok(principal)
}

/// A person's session.
pub struct Session {
    /// The cookie's secret.
    pub token: SessionToken,
    /// Who it belongs to.
    pub access: Access<Person>,
}

impl Session {
    /// The session of a page or of a form on one. A form is read after its sender is known, so whoever
    /// calls this for a request that changes something checks the CSRF token that the form brings.
    pub async fn of_page(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        let (token, principal) = by_cookie(parts, services).await?;
        Ok(Self { token, access: principal.access()? })
    }
}

impl FromRequestParts<Services> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        // Told apart from no credentials: whoever sends a key ought to learn that none will do.
        if let Some(key) = bearer(&parts.headers)?.map(str::to_owned) {
            by_key(&key, parts, services).await?;
            return Err(AuthError::SessionRequired.into());
        }
        let (token, principal) = by_session(parts, services).await?;
        Ok(Self { token, access: principal.access()? })
    }
}

/// Who a session belongs to. A request that changes something has to bring its CSRF token.
async fn by_session(
    parts: &mut Parts,
    services: &Services,
) -> ApiResult<(SessionToken, Principal)> {
    let (token, principal) = by_cookie(parts, services).await?;
    if !is_safe(&parts.method) {
        let given = parts.headers.get(X_CSRF_TOKEN).and_then(|value| value.to_str().ok());
        token.check_csrf(given)?;
    }
    Ok((token, principal))
}

/// Who a cookie belongs to, whatever it was sent with.
async fn by_cookie(parts: &mut Parts, services: &Services) -> ApiResult<(SessionToken, Principal)> {
    let token = cookie(&parts.headers).ok_or_else(|| {
        let detail = "send an API key as \"Authorization: Bearer crm_sk_…\", or log in";
        ApiError::new(Code::Unauthorized, detail)
    })?;
    let token = SessionToken::parse(token)
        .ok_or_else(|| ApiError::new(Code::Unauthorized, "the session is over, log in again"))?;
    let principal = services.auth.session(&token).await?;
    parts.extensions.insert(Holder::known(principal.workspace(), principal.actor()));
    Ok((token, principal))
}

/// The address a request comes from, where it is known.
pub struct ClientAddress(pub Option<IpAddr>);

/// The other end of the connection, in a request's extensions.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

impl FromRequestParts<Services> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> ApiResult<Self> {
        let forwarded = || {
            // Only the last entry is the proxy's own; those before are whatever the client said.
            let value = parts.headers.get_all(X_FORWARDED_FOR).iter().next_back()?;
            value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        let peer = || parts.extensions.get::<Peer>().map(|peer| peer.0);
        let trusted = services.config.trust_forwarded_for;
        Ok(Self(trusted.then(forwarded).flatten().or_else(peer)))
    }
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The API key of a request, if it brings one.
fn bearer(headers: &HeaderMap) -> ApiResult<Option<&str>> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let parts = value.to_str().ok().and_then(|text| text.split_once(' '));
    match parts {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(key.trim())),
        _ => {
            let detail = "Authorization is \"Bearer \" and an API key";
            Err(ApiError::new(Code::Unauthorized, detail))
        }
    }
}
