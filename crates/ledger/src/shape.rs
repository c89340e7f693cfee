//! What the members of `data` look like, told by the declarations that read them.
//!
//! `data!` declares a struct once: its members, which of them may be left out, what each means, and that there are no
//! others. The reader (serde), the reference (`docs/EVENTS.md`) and the JSON Schema (2020-12) come from that one text.
//! A type that a member can have implements [`Shaped`].

use serde_json::{Value, json};

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Text of a form.
    Text(Form),
    /// A whole number from 0 to `max`.
    Whole {
        /// The highest.
        max: u64,
    },
    /// `true` or `false`.
    Flag,
    /// One of these words; each with what it means.
    Word(&'static [(&'static str, &'static str)]),
    /// An object with these members and no others.
    Object(&'static [Member]),
    /// A list of these.
    List(&'static Shape),
    /// Language tag → text, at least one.
    Languages,
}

/// A form that a text has.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// In a word or two.
    pub name: &'static str,
    /// Regular expression (ECMA-262, as JSON Schema has it) that every text of the form matches.
    pub pattern: &'static str,
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// As it is written.
    pub name: &'static str,
    /// Whether it may be left out.
    pub optional: bool,
    /// What it looks like.
    pub shape: Shape,
    sentence: &'static str,
}

/// A type that a member of `data` can have.
pub trait Shaped {
    /// What its values look like.
    const SHAPE: Shape;
    /// Whether a member of this type may be left out.
    const OPTIONAL: bool = false;
}

impl Member {
    #[doc(hidden)]
    #[must_use]
    pub const fn of<T: Shaped>(name: &'static str, sentence: &'static str) -> Member {
        Member { name, optional: T::OPTIONAL, shape: T::SHAPE, sentence }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        self.sentence.trim_start()
    }
}

impl Shape {
    /// The shape in a few words, as a table of members has it.
    #[must_use]
    pub fn brief(&self) -> String {
        match self {
            Shape::Text(form) => form.name.to_owned(),
            Shape::Whole { .. } => "whole number".to_owned(),
            Shape::Flag => "true or false".to_owned(),
            Shape::Word(_) => "word".to_owned(),
            Shape::Object(_) => "object".to_owned(),
            Shape::List(of) => format!("list of {}", of.brief()),
            Shape::Languages => "language → text".to_owned(),
        }
    }

    /// The members of the object, or of the objects in the list, that it is.
    #[must_use]
    pub fn members(&self) -> &'static [Member] {
        match self {
            Shape::Object(members) => members,
            Shape::List(of) => of.members(),
            Shape::Text(_) | Shape::Whole { .. } | Shape::Flag | Shape::Word(_) | Shape::Languages => &[],
        }
    }

    /// The words that are allowed, where it is one of a closed list, or a list of such.
    #[must_use]
    pub fn words(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Shape::Word(words) => words,
            Shape::List(of) => of.words(),
            Shape::Text(_) | Shape::Whole { .. } | Shape::Flag | Shape::Object(_) | Shape::Languages => &[],
        }
    }

    /// As JSON Schema, 2020-12. What it allows is what can be read; what the books refuse, it does not know.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Shape::Text(Form { name, pattern: "" }) => json!({ "type": "string", "title": name }),
            Shape::Text(Form { name, pattern }) => json!({ "type": "string", "title": name, "pattern": pattern }),
            Shape::Whole { max } => json!({ "type": "integer", "minimum": 0, "maximum": max }),
            Shape::Flag => json!({ "type": "boolean" }),
            Shape::Word(words) => {
                let words: Vec<Value> = words
                    .iter()
                    .map(|(word, meaning)| json!({ "const": word, "description": meaning.trim_start() }))
                    .collect();
                json!({ "type": "string", "oneOf": words })
            }
            Shape::Object(members) => {
                let properties: serde_json::Map<String, Value> =
                    members.iter().map(|member| (member.name.to_owned(), member.schema())).collect();
                let required: Vec<&str> = members.iter().filter(|m| !m.optional).map(|m| m.name).collect();
                json!({
                    "type": "object",
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                })
            }
            Shape::List(of) => json!({ "type": "array", "items": of.schema() }),
            Shape::Languages => json!({
                "type": "object",
                "additionalProperties": { "type": "string" },
            }),
        }
    }
}

impl Member {
    fn schema(&self) -> Value {
        let mut schema = self.shape.schema();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), json!(self.sentence()));
        }
        schema
    }
}

impl<T: Shaped> Shaped for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const OPTIONAL: bool = true;
}
impl<T: Shaped> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}
impl Shaped for String {
    const SHAPE: Shape = Shape::Text(Form { name: "text", pattern: "" });
}
impl Shaped for u32 {
    const SHAPE: Shape = Shape::Whole { max: u32::MAX as u64 };
}
impl Shaped for u64 {
    const SHAPE: Shape = Shape::Whole { max: u64::MAX };
}
impl Shaped for bool {
    const SHAPE: Shape = Shape::Flag;
}

/// Declares a struct of `data`: `Debug`, read with no unknown member let pass, and its [`Shape`]. Each member has a
/// sentence; `Option` says that it may be left out.
macro_rules! data {
    ($(
        $(#[doc = $doc:literal])*
        $(#[derive($($derive:ident),+)])?
        $vis:vis struct $name:ident {
            $(
                $(#[doc = $sentence:literal])+
                $(#[serde(rename = $rename:literal)])?
                $mvis:vis $member:ident: $type:ty
            ),+ $(,)?
        }
    )+) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, serde::Deserialize $(, $($derive),+)?)]
        #[serde(deny_unknown_fields)]
        $vis struct $name {
            $(
                $(#[doc = $sentence])+
                $(#[serde(rename = $rename)])?
                $mvis $member: $type
            ),+
        }
        impl $crate::shape::Shaped for $name {
            const SHAPE: $crate::shape::Shape = $crate::shape::Shape::Object(&[$(
                $crate::shape::Member::of::<$type>(
                    $crate::shape::data!(@name $member $($rename)?),
                    concat!($($sentence),+),
                )
            ),+]);
        }
    )+ };
    (@name $member:ident) => { stringify!($member) };
    (@name $member:ident $rename:literal) => { $rename };
}
pub(crate) use data;
