//! How a question is described: each field once, with its default beside it.

/// A question: a struct that is read from JSON, from a query, and from the command line, and is
/// described in OpenAPI. What stands in brackets behind the name is what the question is about: in a
/// path of HTTP the part of that name, on the command line the first argument. All other fields are
/// parameters and options, and may be left out. `of purchases` adds which purchases count.
macro_rules! question {
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
    ($(#[$about:meta])* $name:ident $(($($key:tt)*))? of purchases { $($fields:tt)* }) => {
        question! {
            $(#[$about])* $name $(($($key)*))? {
                $($fields)*
                /// Currency of the purchases that count; the workspace's own if left out.
                #[cfg_attr(feature = "openapi", param(value_type = Option<String>))]
                #[cfg_attr(feature = "openapi", param(example = "EUR", min_length = 3, max_length = 3))]
                currency: Option<crm_models::Currency>,
                /// First day that counts no more, such as 2026-01-31; if left out, today, or the day
                /// after the last purchase where that is more than five weeks ago.
                #[cfg_attr(feature = "openapi", param(example = "2026-01-31"))]
                #[cfg_attr(feature = "clap", arg(value_name = "DATE"))]
                as_of: Option<crate::WholeDay>,
            }
        }

        impl $name {
            /// Which purchases count.
            pub fn counting(&self) -> crate::question::Counting {
                crate::question::Counting { currency: self.currency, as_of: self.as_of }
            }
        }
    };
    ($(#[$about:meta])* $name:ident $(($(#[$key_about:meta] $key:tt $what:ident: $what_type:ty),+))? {
        $($(#[$field_about:meta])* $field:ident: $type:ty $(= $default:expr)?,)*
    }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
        #[cfg_attr(feature = "clap", derive(clap::Args))]
        pub struct $name {
            $($(
                #[$key_about]
                #[serde(rename = $key)]
                #[cfg_attr(feature = "openapi", param(inline))]
                pub $what: $what_type,
            )+)?
            $(
                $(#[$field_about])*
                #[cfg_attr(feature = "openapi", param(inline))]
                #[cfg_attr(feature = "clap", arg(long $(, default_value_t = $default)?))]
                pub $field: $type,
            )*
        }

        impl $name {
            /// What may be given beside what it is about.
            pub const PARAMETERS: &'static [&'static str] = &[$(stringify!($field)),*];
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($($what: <$what_type>::default(),)+)?
                    $($field: question!(@default $($default)?),)*
                }
            }
        }
    };
}

pub(super) use question;
