//! The error body of every answer that is not a success: RFC 9457, with a stable code.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
        /// Stable code of an error. Programs branch on this; the texts beside it may change.
        ///
        /// A code this version does not know reads as [`Code::Other`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// A code of a newer version.
            #[serde(other, rename = "other")]
            Other,
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for Code {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                crate::one_of(&[$($text),*])
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for Code {}

        impl Code {
            /// Every code there is, but for [`Code::Other`].
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it stands in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Other => "other" }
            }

            /// The HTTP status it is answered with, when it is the answer's own error.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* Self::Other => 500 }
            }

            /// The short English title.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* Self::Other => "Unknown error" }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not UTF-8.
    MalformedJson = "malformed_json", 400, "The body is not valid JSON";
    /// A compressed body does not decompress.
    MalformedEncoding = "malformed_encoding", 400, "The body does not match its Content-Encoding";
    /// The query string or path cannot be read.
    MalformedQuery = "malformed_query", 400, "A query parameter cannot be read";
    /// A field has the wrong type or form.
    InvalidField = "invalid_field", 400, "A field is invalid";
    /// A field that is needed is absent or empty.
    MissingField = "missing_field", 400, "A field is missing";
    /// A text or object is larger than its limit.
    TooLong = "too_long", 400, "A field is too long";
    /// A list has more entries than its limit.
    TooMany = "too_many", 400, "A list has too many entries";
    /// JSON is nested deeper than its limit.
    TooDeep = "too_deep", 400, "A field is nested too deeply";
    /// A number, an amount or a time lies outside its bounds.
    OutOfRange = "out_of_range", 400, "A value is out of range";
    /// The total of a purchase is not the sum of its items.
    TotalMismatch = "total_mismatch", 400, "The total is not the sum of the items";
    /// The same purchase id came before with other content.
    Conflict = "conflict", 409, "It exists already with other content";
    /// No credentials, or wrong ones.
    Unauthorized = "unauthorized", 401, "Credentials are missing or wrong";
    /// The key or the session is past its end.
    Expired = "expired", 401, "The credentials have expired";
    /// The credentials do not allow this.
    Forbidden = "forbidden", 403, "The credentials do not allow this";
    /// An API key was sent where only a person who is logged in may act.
    SessionRequired = "session_required", 403, "A session is needed, not an API key";
    /// The session's CSRF token is absent or wrong.
    CsrfRequired = "csrf_required", 403, "The X-CSRF-Token header is missing or wrong";
    /// Registration is not open.
    RegistrationClosed = "registration_closed", 403, "Registration is closed";
    /// There is no such thing, or none in this workspace.
    NotFound = "not_found", 404, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here";
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout", 408, "The request took too long";
    /// The body, or what it decompresses to, is larger than its limit.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body's type or encoding is none that is understood.
    UnsupportedMedia = "unsupported_media", 415, "The body's type or encoding is not supported";
    /// More was sent than the quota allows; Retry-After says when to go on.
    QuotaExceeded = "quota_exceeded", 429, "The quota is used up";
    /// A failure inside the collector; its log has the request id.
    Internal = "internal", 500, "An internal error";
    /// The queue is full, or the collector is stopping; Retry-After says when to try again.
    Unavailable = "unavailable", 503, "The collector cannot take this now";
    /// The disk is full or the database cannot be written.
    StorageFull = "storage_full", 507, "The data cannot be stored";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An error body, `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
pub struct Problem {
    /// A URI that names the kind of problem: `urn:crm:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong this time, with the limit and what was given.
    pub detail: String,
    /// Stable code.
    pub code: Code,
    /// The field that was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Names this request in the collector's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// A problem of this code.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:crm:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code,
            field: None,
            request_id: None,
        }
    }

    /// Names the field that was wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl From<crate::Invalid> for Problem {
    fn from(invalid: crate::Invalid) -> Self {
        Self::new(invalid.code, invalid.message).field(invalid.field)
    }
}
