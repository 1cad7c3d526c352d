//! Words of access that travel: roles of people, kinds and scopes of API keys, types of events.

/// A word that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of {}, \"{given}\" given", expected.join(", "))]
pub struct UnknownName {
    /// What may stand there.
    pub expected: &'static [&'static str],
    /// What stood there.
    pub given: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every value, as it is written.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The value as it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        crate::schema::of_words!($name, [$($text),*]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, crate::UnknownName> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(crate::UnknownName { expected: Self::NAMES, given: text.to_owned() }),
                }
            }
        }
    };
}

words! {
    /// What a person may do in a workspace.
    Role {
        /// Everything, people and keys included.
        Owner = "owner",
        /// Reads, and changes nothing.
        Analyst = "analyst",
    }
}

words! {
    /// Where an API key is used.
    KeyKind {
        /// On a server, where it stays secret.
        Server = "server",
        /// In a web page, where everybody can read it: it sends events and nothing else.
        Browser = "browser",
    }
}

words! {
    /// What an API key may do.
    Scope {
        /// Send events.
        Ingest = "ingest",
        /// Read customers, purchases and reports.
        Read = "read",
    }
}

words! {
    /// The type of an event.
    #[cfg_attr(not(feature = "exhaustive"), non_exhaustive)]
    EventType {
        /// A customer appeared or changed.
        Customer = "customer",
        /// Somebody bought or got money back.
        Purchase = "purchase",
        /// Something else passed between host and customer.
        Interaction = "interaction",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for name in Scope::NAMES {
            assert_eq!(name.parse::<Scope>().unwrap().to_string(), *name);
        }
        let error = "boss".parse::<Role>().unwrap_err();
        assert_eq!(error.to_string(), "one of owner, analyst, \"boss\" given");
        assert_eq!(EventType::NAMES, crate::Event::TYPES);
    }
}
