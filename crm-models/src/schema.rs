//! OpenAPI schemas of enums that macros make.
//!
//! utoipa's derive does not see a `rename` that a macro passes on, and would describe such an
//! enum by its Rust names.

/// The schema of an enum that is written as one of these words.
macro_rules! of_words {
    ($name:ident, [$($text:literal),*]) => {
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($text),*]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use of_words;
