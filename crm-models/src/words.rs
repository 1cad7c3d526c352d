//! Enums that are written as words. Each is read in one way, from JSON, from a query and from the
//! command line, and told in one way where it cannot be read.

/// A word that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of {}, \"{given}\" given", expected.join(", "))]
pub struct UnknownName {
    /// What may stand there.
    pub expected: &'static [&'static str],
    /// What stood there.
    pub given: String,
}

/// An enum whose values are written as these words. For this crate and `crm-api`.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// Every value, as it is written.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The value as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, $crate::UnknownName> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err($crate::UnknownName { expected: Self::NAMES, given: text.to_owned() }),
                }
            }
        }

        $crate::text!($name);

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::one_of(Self::NAMES)
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

/// Reads and writes a type as the text that it is parsed from and shown as.
#[doc(hidden)]
#[macro_export]
macro_rules! text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// The schema of a type that is written as one of some words.
///
/// utoipa's derive does not see a `rename` that a macro passes on, and would describe such an enum by
/// its Rust names.
#[cfg(feature = "openapi")]
#[doc(hidden)]
pub fn one_of(words: &[&'static str]) -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::Type::String)
        .enum_values(Some(words.iter().copied()))
        .into()
}

#[cfg(test)]
mod tests {
    use crate::{EventType, Role, Scope};

    #[test]
    fn words_are_read_as_they_are_written() {
        for name in Scope::NAMES {
            assert_eq!(name.parse::<Scope>().unwrap().to_string(), *name);
        }
        let error = "boss".parse::<Role>().unwrap_err();
        assert_eq!(error.to_string(), "one of owner, analyst, \"boss\" given");
        assert_eq!(EventType::NAMES, crate::Event::TYPES);
    }

    #[test]
    fn json_tells_a_word_that_is_none_of_those_expected_as_every_other_reader_does() {
        assert_eq!(serde_json::to_string(&Role::Owner).unwrap(), "\"owner\"");
        assert_eq!(serde_json::from_str::<Role>("\"analyst\"").unwrap(), Role::Analyst);
        let error = serde_json::from_str::<Role>("\"boss\"").unwrap_err();
        assert_eq!(error.to_string(), "one of owner, analyst, \"boss\" given");
    }
}
