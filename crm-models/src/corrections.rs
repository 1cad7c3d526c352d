//! What purchases and interactions share as things that can be corrected: which version of one counts.

use crate::time::Timestamp;

/// Gives a type with the fields `updated_at`, `replace` and `void` what sets and reads them.
macro_rules! correctable {
    ($type:ident) => {
        impl $type {
            /// Sets when the host last changed it; the later version counts.
            #[must_use]
            pub fn updated_at(mut self, time: crate::Timestamp) -> Self {
                self.updated_at = Some(time);
                self
            }

            /// Has it take the place of what is stored, whenever that was changed.
            #[must_use]
            pub fn replace(mut self) -> Self {
                self.replace = true;
                self
            }

            /// Takes it back altogether: it is in no figure and in no timeline any more. Unless it has to
            /// [`replace`](Self::replace), a later version than its [`updated_at`](Self::updated_at)
            /// stays.
            #[must_use]
            pub fn void(mut self) -> Self {
                self.void = true;
                self
            }

            /// The field by which it may change what is stored, if there is one.
            pub fn corrects_by(&self) -> Option<&'static str> {
                crate::corrections::field_of(self.void, self.replace, self.updated_at)
            }
        }
    };
}

pub(crate) use correctable;

/// The field by which an event may change what is stored, if there is one.
pub(crate) fn field_of(
    void: bool,
    replace: bool,
    updated_at: Option<Timestamp>,
) -> Option<&'static str> {
    let fields = [("void", void), ("replace", replace), ("updated_at", updated_at.is_some())];
    fields.into_iter().find_map(|(field, corrects)| corrects.then_some(field))
}
