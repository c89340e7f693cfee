//! Lists in a request's JSON: the reading ends at the first item too many, and nothing is made of those behind it.

use super::Problem;
use super::fault::Fault;
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// A list of at most so many items.
pub(super) struct AtMost<T, const N: usize>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<AtMost<T, N>, D::Error> {
        struct Items<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Items<T, N> {
            type Value = AtMost<T, N>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AtMost<T, N>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == N {
                        return Err(serde::de::Error::custom(too_many(N)));
                    }
                    items.push(item);
                }
                Ok(AtMost(items))
            }
        }
        list.deserialize_seq(Items(PhantomData))
    }
}

fn too_many(most: usize) -> String {
    format!("more than {most}")
}

/// Reads a request whose list has at most so many items: 413 with `how_many` where it has more, 400 with `shape` where it
/// is something else.
pub(super) fn read<T: DeserializeOwned>(body: &[u8], most: usize, how_many: &str, shape: &str) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let why = error.to_string();
        if why.starts_with(&too_many(most)) {
            return Problem::new(Fault::RequestTooMany, how_many);
        }
        Problem::bad_request(&format!("expected {shape}: {why}"))
    })
}
