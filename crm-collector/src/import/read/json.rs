//! JSON and JSON lines: objects become rows, and a list of objects within one a row each, beside the
//! fields of the object that holds it. A field within a field is `outer.inner`.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::spool::Spool;
use super::workbook::plain;
use super::{MOST_COLUMNS, ReadError, Stored};

/// Objects within objects.
const DEPTH: usize = 6;
/// What one object may take, as it is held whole.
const OBJECT_BYTES: u64 = 64 * 1024 * 1024;
/// What the answer of an API has beside its list of orders.
const AROUND: [&str; 18] = [
    "count",
    "total",
    "page",
    "pages",
    "per_page",
    "limit",
    "offset",
    "next",
    "previous",
    "has_more",
    "object",
    "url",
    "status",
    "success",
    "cursor",
    "next_cursor",
    "total_pages",
    "total_count",
];

/// Its rows, below one of the fields' names.
pub(super) fn rows<'a>(stored: &Stored<'_>) -> Result<Stored<'a>, ReadError> {
    // Fields may come up anywhere, and the first row names them all.
    let mut columns = Columns::default();
    each(stored.plain(Rc::default())?, &mut |object| columns.learn(object))?;
    let mut spool = Spool::new()?;
    spool.row(columns.names.iter(), 0)?;
    let mut number = 0;
    each(stored.plain(Rc::default())?, &mut |object| {
        number += 1;
        columns.write(object, number, &mut spool)
    })?;
    spool.finish()
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl Columns {
    fn learn(&mut self, object: &Map<String, Value>) -> Result<(), ReadError> {
        flat(object, &mut |name, _| {
            if !self.places.contains_key(name) {
                self.places.insert(name.to_owned(), self.names.len());
                self.names.push(name.to_owned());
            }
        });
        match self.names.len() {
            too_many if too_many > MOST_COLUMNS => Err(ReadError::TooManyColumns(too_many)),
            _ => Ok(()),
        }
    }

    fn write(
        &self,
        object: &Map<String, Value>,
        number: u64,
        spool: &mut Spool,
    ) -> Result<(), ReadError> {
        let mut cells = vec![String::new(); self.names.len()];
        let mut lists: Vec<(&str, &Vec<Value>)> = Vec::new();
        for (name, value) in object {
            match value {
                Value::Array(list) if is_rows(list) => lists.push((name, list)),
                _ => put(name, value, 1, &mut |name, text| self.set(&mut cells, name, text)),
            }
        }
        // The longest of the lists is what was bought; others hold a little beside it.
        lists.sort_by_key(|(name, list)| (!names_lines(name), std::cmp::Reverse(list.len())));
        let Some((name, list)) = lists.first().filter(|(_, list)| !list.is_empty()) else {
            return spool.row(cells.iter(), number);
        };
        for value in *list {
            let mut row = cells.clone();
            put(name, value, 1, &mut |name, text| self.set(&mut row, name, text));
            spool.row(row.iter(), number)?;
        }
        Ok(())
    }

    fn set(&self, cells: &mut [String], name: &str, text: String) {
        if let Some(cell) = self.places.get(name).and_then(|place| cells.get_mut(*place)) {
            *cell = text;
        }
    }
}

/// Whether a list of this name is that of an order's lines.
fn names_lines(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["item", "line", "product", "position"].iter().any(|word| name.contains(word))
}

fn is_rows(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(Value::is_object)
}

/// All fields of an object, those of lists of objects too.
fn flat(object: &Map<String, Value>, tell: &mut dyn FnMut(&str, String)) {
    for (name, value) in object {
        match value {
            Value::Array(list) if is_rows(list) => {
                list.iter().for_each(|value| put(name, value, 1, tell));
            }
            _ => put(name, value, 1, tell),
        }
    }
}

fn put(name: &str, value: &Value, depth: usize, tell: &mut dyn FnMut(&str, String)) {
    match value {
        Value::Object(fields) if depth < DEPTH => {
            for (inner, value) in fields {
                put(&format!("{name}.{inner}"), value, depth + 1, tell);
            }
        }
        Value::Null => tell(name, String::new()),
        Value::String(text) => tell(name, text.clone()),
        Value::Number(number) => tell(
            name,
            match number.as_f64() {
                Some(float) if number.is_f64() => plain(float),
                _ => number.to_string(),
            },
        ),
        other => tell(name, other.to_string()),
    }
}

type Tell<'t> = dyn FnMut(&Map<String, Value>) -> Result<(), ReadError> + 't;

/// Hands over each object of a file: of a list, of the list in an object, or one after the other.
fn each(plain: Box<dyn Read + '_>, tell: &mut Tell<'_>) -> Result<(), ReadError> {
    let left = Rc::new(Cell::new(OBJECT_BYTES));
    let limited = Limited { plain, left: Rc::clone(&left) };
    let buffered = io::BufReader::with_capacity(super::raw::BUFFER_BYTES, limited);
    let mut reader = serde_json::Deserializer::from_reader(buffered);
    let tell = &mut |object: &Map<String, Value>| {
        left.set(OBJECT_BYTES);
        tell(object)
    };
    let mut failed = None;
    let mut told = 0;
    loop {
        let seed = Top { tell, failed: &mut failed, told: &mut told };
        let result = seed.deserialize(&mut reader);
        if let Some(failure) = failed {
            return Err(failure);
        }
        if let Err(error) = result {
            return match error.classify() {
                serde_json::error::Category::Io => Err(ReadError::Io(error.into())),
                _ => Err(ReadError::Json(error.to_string())),
            };
        }
        match reader.end() {
            Ok(()) => break,
            // Another one follows, as in JSON lines.
            Err(error) if error.is_syntax() => {}
            Err(error) => return Err(ReadError::Io(error.into())),
        }
    }
    if told == 0 { Err(ReadError::NoObjects) } else { Ok(()) }
}

/// What stands at the top: a list of objects, an object that holds one, or an object.
struct Top<'t, 'f> {
    tell: &'t mut Tell<'f>,
    failed: &'t mut Option<ReadError>,
    told: &'t mut u64,
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(object) = list.next_element::<Map<String, Value>>()? {
            *self.told += 1;
            if let Err(failure) = (self.tell)(&object) {
                *self.failed = Some(failure);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = fields.next_entry::<String, Value>()? {
            object.insert(name, value);
        }
        // {"orders": […]}: the answer of an API, whose own fields say nothing of any order.
        let is_rows = |value: &Value| value.as_array().is_some_and(|list| is_rows(list));
        let is_around = |name: &str, value: &Value| is_rows(value) || AROUND.contains(&name);
        let lists: Vec<_> = object.values().filter(|value| is_rows(value)).collect();
        let is_answer = object.iter().all(|(name, value)| is_around(name, value));
        let objects: Vec<&Map<String, Value>> = match lists.as_slice() {
            [list] if is_answer => {
                list.as_array().into_iter().flatten().filter_map(Value::as_object).collect()
            }
            _ => vec![&object],
        };
        for object in objects {
            *self.told += 1;
            if let Err(failure) = (self.tell)(object) {
                *self.failed = Some(failure);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// Refuses an object that would take too much memory.
struct Limited<'a> {
    plain: Box<dyn Read + 'a>,
    left: Rc<Cell<u64>>,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            let message =
                format!("an object takes more than {OBJECT_BYTES} bytes; write one an order");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        let length = self.plain.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(length as u64));
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, ReadError> {
        let rows = rows(&Stored::Bytes(text.as_bytes()))?;
        let mut csv = String::new();
        rows.plain(Rc::default())?.read_to_string(&mut csv)?;
        Ok(csv)
    }

    #[test]
    fn a_list_lines_and_the_answer_of_an_api_are_read_alike() {
        let list = r#"[{"id":1,"sum":12.5,"who":{"mail":"a@b.de"}},{"id":2,"note":null}]"#;
        let lines =
            "{\"id\":1,\"sum\":12.5,\"who\":{\"mail\":\"a@b.de\"}}\n{\"id\":2,\"note\":null}\n";
        let answer = format!("{{\"has_more\":false,\"data\":{list}}}");
        let expected = "id,sum,who.mail,note,0\n1,12.5,a@b.de,,1\n2,,,,2\n";
        for text in [list, lines, &answer] {
            assert_eq!(read(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_lines_of_an_order_become_rows_beside_its_own_fields() {
        let text = r#"{"id":"A","items":[{"sku":"x","n":1},{"sku":"y","n":2}],"tags":["red"],"tax":[{"r":7}]}"#;
        let expected = "id,items.n,items.sku,tags,tax.r,0\nA,1,x,\"[\"\"red\"\"]\",,1\nA,2,y,\"[\"\"red\"\"]\",,1\n";
        assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(matches!(read("[1,2]"), Err(ReadError::Json(_))));
        assert!(matches!(read("{\"a\":1"), Err(ReadError::Json(_))));
        assert!(matches!(read("[]"), Err(ReadError::NoObjects)));
    }
}
