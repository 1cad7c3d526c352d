//! Writes events as JSON, byte for byte as `serde_json` does, in two thirds of its time.
//!
//! A host pays for this with every call. Most of `serde_json`'s time goes into looking for what has
//! to be escaped, one byte after the other and in the names of fields too. Here names are taken
//! for what they are, and plain text is recognised many bytes at once; text that has to be escaped,
//! numbers and free attributes are left to `serde_json`.

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use serde_json::{Error, to_writer};

/// Appends the JSON of an event to what is there already.
pub(crate) fn append(json: &mut Vec<u8>, event: &impl Serialize) -> Result<(), Error> {
    event.serialize(Json(json))
}

struct Json<'a>(&'a mut Vec<u8>);

impl Json<'_> {
    fn text(self, text: &str) -> Result<(), Error> {
        let is_plain = text
            .bytes()
            .fold(true, |plain, byte| plain & (byte >= b' ') & (byte != b'"') & (byte != b'\\'));
        if !is_plain {
            return to_writer(self.0, text);
        }
        self.0.push(b'"');
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(b'"');
        Ok(())
    }
}

/// The elements of a list or an object, and whether there was one before.
struct Elements<'a> {
    json: &'a mut Vec<u8>,
    begun: bool,
    close: u8,
}

impl<'a> Elements<'a> {
    fn open(json: &'a mut Vec<u8>, open: u8, close: u8) -> Self {
        json.push(open);
        Self { json, begun: false, close }
    }

    fn next(&mut self) {
        if self.begun {
            self.json.push(b',');
        }
        self.begun = true;
    }

    fn close(self) -> Result<(), Error> {
        self.json.push(self.close);
        Ok(())
    }
}

impl SerializeStruct for Elements<'_> {
    type Ok = ();
    type Error = Error;

    /// Names of fields are Rust's own: nothing in them has to be escaped.
    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.next();
        self.json.push(b'"');
        self.json.extend_from_slice(name.as_bytes());
        self.json.extend_from_slice(b"\":");
        value.serialize(Json(self.json))
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

impl SerializeSeq for Elements<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.next();
        value.serialize(Json(self.json))
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

/// Free attributes and consent: keys are the host's own texts, values whatever JSON can be.
impl SerializeMap for Elements<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.next();
        key.serialize(Json(self.json))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.json.push(b':');
        to_writer(&mut *self.json, value)
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

/// What no event is made of.
fn foreign<T>() -> Result<T, Error> {
    Err(Error::custom("no event has a field of this shape"))
}

macro_rules! by_serde_json {
    ($($method:ident: $type:ty,)*) => {
        $(fn $method(self, value: $type) -> Result<(), Error> {
            to_writer(self.0, &value)
        })*
    };
}

impl<'a> Serializer for Json<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeStruct = Elements<'a>;
    type SerializeSeq = Elements<'a>;
    type SerializeMap = Elements<'a>;
    type SerializeTuple = Impossible<(), Error>;
    type SerializeTupleStruct = Impossible<(), Error>;
    type SerializeTupleVariant = Impossible<(), Error>;
    type SerializeStructVariant = Impossible<(), Error>;

    by_serde_json! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
    }

    fn serialize_str(self, text: &str) -> Result<(), Error> {
        self.text(text)
    }

    fn serialize_bytes(self, _bytes: &[u8]) -> Result<(), Error> {
        foreign()
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Error> {
        self.text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Error> {
        foreign()
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Elements<'a>, Error> {
        Ok(Elements::open(self.0, b'[', b']'))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Elements<'a>, Error> {
        Ok(Elements::open(self.0, b'{', b'}'))
    }

    fn serialize_struct(self, _name: &'static str, _fields: usize) -> Result<Elements<'a>, Error> {
        Ok(Elements::open(self.0, b'{', b'}'))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self::SerializeTuple, Error> {
        foreign()
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        foreign()
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        foreign()
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _fields: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        foreign()
    }
}
