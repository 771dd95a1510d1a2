//! Lists, mappings and enums as serde walks them.

use super::{
    Cx, Node, YamlProblem,
    decode::{De, address},
    fail::{Fail, field_help},
};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// The members of a list, without those that are left out.
pub(super) struct Seq<'a> {
    pub items: std::slice::Iter<'a, Node>,
    pub cx: &'a Cx,
    pub left_out: bool,
}

impl<'a> SeqAccess<'a> for &mut Seq<'a> {
    type Error = Fail;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Fail> {
        for node in self.items.by_ref() {
            if self.cx.skips(node) {
                self.left_out = true;
                continue;
            }
            return seed.deserialize(De::new(node, self.cx)).map(Some).map_err(|fail| fail.at(node.head()).by(node));
        }
        Ok(None)
    }
}

/// The entries of a mapping, without those that are left out, and with a word for each that is no field.
pub(super) struct Map<'a> {
    pub entries: Vec<(&'a Node, &'a Node)>,
    pub next: usize,
    pub cx: &'a Cx,
    /// The fields of a struct.
    pub fields: Option<&'static [&'static str]>,
    pub left_out: Vec<&'a str>,
}

impl<'a> MapAccess<'a> for &mut Map<'a> {
    type Error = Fail;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Fail> {
        while let Some((key, value)) = self.entries.get(self.next).copied() {
            if self.cx.skips(value) {
                self.left_out.extend(key.as_str());
            } else if !(self.unknown(key) || self.fields.is_some() && value.is_null()) {
                return seed.deserialize(De::new(key, self.cx)).map(Some).map_err(|fail| fail.at(key.span).by(value));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Fail> {
        let Some((key, value)) = self.entries.get(self.next).copied() else {
            return Err(Fail::new("a value is missing"));
        };
        self.next += 1;
        seed.deserialize(De::new(value, self.cx)).map_err(|fail| fail.at(key.span).by(value))
    }
}

impl Map<'_> {
    /// Notes the unknown fields that serde has not come to.
    pub(super) fn note_rest(&mut self) {
        for (key, _) in self.entries.iter().skip(self.next) {
            self.unknown(key);
        }
    }

    fn unknown(&self, key: &Node) -> bool {
        let (Some(fields), Some(name)) = (self.fields, key.as_str()) else { return false };
        if fields.contains(&name) {
            return false;
        }
        let problem = YamlProblem::new("NF0011", key.span, format!("unknown field `{name}`"));
        self.cx.push(problem.help(field_help(name, fields)));
        true
    }
}

/// `{name: content}` as a variant of an enum.
pub(super) struct Variant<'a> {
    pub key: &'a Node,
    pub value: &'a Node,
    pub cx: &'a Cx,
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Fail;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self), Fail> {
        let name = self.key.as_str().unwrap_or_default();
        let variant = seed.deserialize(name.into_deserializer()).map_err(|fail: Fail| fail.at(self.key.span))?;
        Ok((variant, self))
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = Fail;

    fn unit_variant(self) -> Result<(), Fail> {
        if self.value.is_null() { Ok(()) } else { Err(Fail::new("nothing may stand here").at(self.value.head())) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Fail> {
        seed.deserialize(De::new(self.value, self.cx)).map_err(|fail| fail.at(self.key.span))
    }

    fn tuple_variant<V: Visitor<'a>>(self, len: usize, visitor: V) -> Result<V::Value, Fail> {
        De::new(self.value, self.cx).deserialize_tuple(len, visitor).map_err(|fail| fail.at(self.key.span))
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Fail> {
        De::new(self.value, self.cx).deserialize_struct("", fields, visitor).map_err(|fail| fail.at(self.key.span))
    }
}

impl Fail {
    /// With the value that may be left out, unless it has one. What merely misses something that was left out blames the
    /// value around it.
    fn by(mut self, node: &Node) -> Self {
        self.culprit.get_or_insert_with(|| address(node));
        self
    }
}

impl Cx {
    fn skips(&self, node: &Node) -> bool {
        self.skip.borrow().contains(&address(node))
    }
}
