//! Names as a file has them, numbered from 1 as they come.

use std::collections::HashMap;

/// Names with their numbers.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    /// The number of a name, a new one if it is new; `None` past four thousand million.
    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        let number = u32::try_from(self.names.len()).ok()?.checked_add(1)?;
        self.numbers.insert(name.to_owned(), number);
        self.names.push(name.to_owned());
        Some(number)
    }

    /// The name of a number; empty for one that was not given.
    pub(super) fn name(&self, number: u32) -> &str {
        let place = (number as usize).checked_sub(1);
        place.and_then(|place| self.names.get(place)).map_or("", String::as_str)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// All of them, in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbered_as_they_come_and_found_again() {
        let mut names = Names::default();
        assert_eq!(["b", "a", "b"].map(|name| names.number(name)), [Some(1), Some(2), Some(1)]);
        assert_eq!((names.name(2), names.name(0), names.name(3)), ("a", "", ""));
        assert_eq!((names.len(), names.iter().collect::<String>()), (2, "ba".to_owned()));
    }
}
