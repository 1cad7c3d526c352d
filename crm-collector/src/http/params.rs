//! Query strings and paths, with refusals in the one form: one kind of mistake has one code and
//! one wording on every route.

use std::borrow::Cow;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use crm_api::question::{Ask, Kind};
use crm_api::{Form, PageSize};
use crm_models::{Code, Invalid};
use serde::Deserialize;
use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use utoipa::IntoParams;

use super::{ApiError, ApiResult};
use crate::facts::{List, Place};

/// The query string, read and checked by its type.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        Ok(Self(read(pairs(parts))?))
    }
}

/// A question, read from the path and the query string, and the form of its answer.
pub(super) struct Asked<Q> {
    pub(super) question: Q,
    pub(super) form: Form,
}

impl<Q: Ask, S: Send + Sync> FromRequestParts<S> for Asked<Q> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let path =
            RawPathParams::from_request_parts(parts, state).await.map_err(|_| no_such_id())?;
        let mut known = Q::ROUTE.parameters.to_vec();
        if Q::ROUTE.kind != Kind::Record {
            known.push(Form::PARAMETER);
        }
        // As on every route that takes none, nobody looks at parameters.
        let given = if known.is_empty() { Vec::new() } else { pairs(parts) };
        if let Some((name, _)) = given.iter().find(|(name, _)| !known.contains(&&**name)) {
            return Err(unknown(name, &known.join(", ")).into());
        }
        let (form, given): (Vec<_>, Vec<_>) =
            given.into_iter().partition(|(name, _)| name == Form::PARAMETER);
        let asked = path.iter().map(|(name, id)| (name.into(), id.into())).chain(given);
        let question = read(asked.collect()).map_err(|invalid| {
            match path.iter().any(|(name, _)| name == invalid.field) {
                true => ApiError::new(Code::NotFound, invalid.message),
                false => invalid.into(),
            }
        })?;
        let FormQuery { format } = read(form)?;
        Ok(Self { question, form: format.unwrap_or(Form::Json) })
    }
}

#[derive(Deserialize)]
struct FormQuery {
    format: Option<Form>,
}

/// The names and values of a query string, in the order they came in.
fn pairs(parts: &Parts) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).collect()
}

/// Reads a type from names and texts.
fn read<T: DeserializeOwned>(given: Vec<(Cow<'_, str>, Cow<'_, str>)>) -> Result<T, Invalid> {
    let given = given.into_iter().map(|(name, text)| (name, Text(text)));
    serde_path_to_error::deserialize(MapDeserializer::new(given))
        .map_err(|error| refusal(&error.path().to_string(), error.inner().to_string()))
}

/// From what serde says of a parameter to what its sender is told.
fn refusal(field: &str, message: String) -> Invalid {
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').next();
    if let Some(name) = named("unknown field `") {
        let known = message.split_once("expected ").map_or("none", |(_, known)| known);
        return unknown(name, &known.trim_start_matches("one of ").replace('`', ""));
    }
    if let Some(name) = named("duplicate field `") {
        return Invalid::new(Code::InvalidField, name, "is given more than once".to_owned());
    }
    let code = if message.starts_with("lies ") { Code::OutOfRange } else { Code::InvalidField };
    Invalid::new(code, field, message)
}

fn unknown(name: &str, known: &str) -> Invalid {
    let rule = format!("is no parameter of this path; there are: {known}");
    Invalid::new(Code::InvalidField, name, rule)
}

/// The value of a parameter, which its type reads as a text or a number.
struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// Tells a number that its type cannot hold from what is no number.
    fn number<T: FromStr>(&self) -> Result<T, Error> {
        let given = &*self.0;
        given.parse().map_err(|_| {
            let digits = given.trim_start_matches(['-', '+']);
            let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            Error::custom(match whole {
                true => format!("lies outside of its bounds, {given} given"),
                false => format!("is a whole number, {given:?} given"),
            })
        })
    }
}

impl<'de> IntoDeserializer<'de> for Text<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0.into_owned())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u32(self.number()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_u64(self.number()?)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// A page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The `next_after` of the page before.
    after: Option<String>,
    /// Entries a page, 1 to 1000; 50 if left out. A page ends sooner at a mebibyte.
    #[serde(default)]
    #[param(value_type = Option<usize>, minimum = 1, maximum = 1000)]
    limit: PageSize,
}

impl PageQuery {
    /// The place behind which the page begins, and how many entries it has at the most.
    pub(super) fn read(&self, list: List) -> ApiResult<(Option<Place>, usize)> {
        let after = self.after.as_deref().map(|token| Place::parse(token, list)).transpose()?;
        Ok((after, self.limit.get()))
    }
}

/// Parameters of the path, read and checked by their type. What cannot be an id is the id of
/// nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0)).map_err(|_| no_such_id())
    }
}

fn no_such_id() -> ApiError {
    ApiError::new(Code::NotFound, "the path holds no id that could exist")
}
