//! Java's methods of maps.
//! <https://docs.oracle.com/javase/8/docs/api/java/util/Map.html>

use crate::TemplateError;
use crate::budget::Budget;
use crate::heap::{Heap, Value};
use crate::operate::equal;
use std::rc::Rc;

/// A method of a map; nothing when it has none of this name, or not with these arguments.
pub fn call(
    heap: &mut Heap,
    id: usize,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, TemplateError> {
    let length = heap.map(id).map_or(0, |map| map.entries.len());
    budget.spend(length * 8)?;
    let key = match arguments.first() {
        Some(first) => heap.show(first, budget)?,
        None => Rc::from(""),
    };
    let found = |heap: &Heap| heap.map(id).and_then(|map| map.get(&key)).cloned();
    Ok(match (name, arguments) {
        ("size" | "count", []) => Some(Value::count(length)),
        ("isEmpty", []) => Some(Value::Bool(length == 0)),
        ("get", [_]) => Some(member(heap, id, &key)),
        ("getOrDefault", [_, default]) => Some(found(heap).unwrap_or_else(|| default.clone())),
        ("containsKey", [_]) => Some(Value::Bool(found(heap).is_some())),
        ("containsValue", [wanted]) => {
            let values: Vec<Value> = entries(heap, id).into_iter().map(|(_, value)| value).collect();
            let mut there = false;
            for value in &values {
                there |= equal(heap, value, wanted, budget)?;
            }
            Some(Value::Bool(there))
        }
        ("put", [_, value]) => heap.map_mut(id).map(|map| map.put(&key, value.clone())),
        ("remove", [_]) => heap.map_mut(id).map(|map| map.remove(&key)),
        ("clear", []) => heap.map_mut(id).map(|map| {
            map.entries.clear();
            Value::Null
        }),
        ("putAll", [Value::Map(other)]) => {
            let more = entries(heap, *other);
            budget.spend(more.len() * (length + more.len()))?;
            heap.map_mut(id).map(|map| {
                more.into_iter().for_each(|(key, value)| drop(map.put(&key, value)));
                Value::Null
            })
        }
        ("keySet", []) => {
            let keys = entries(heap, id).into_iter().map(|(key, _)| Value::Text(key)).collect();
            Some(heap.new_list(keys))
        }
        ("values", []) => {
            let values = entries(heap, id).into_iter().map(|(_, value)| value).collect();
            Some(heap.new_list(values))
        }
        ("entrySet", []) => {
            budget.spend(length * 64)?;
            let entries = entries(heap, id).into_iter().map(|(key, value)| {
                heap.new_map(vec![(Rc::from("key"), Value::Text(key)), (Rc::from("value"), value)])
            });
            let entries = entries.collect();
            Some(heap.new_list(entries))
        }
        // An entry of `entrySet` is a map of its key and its value here.
        ("getKey", []) => Some(member(heap, id, "key")),
        ("getValue", []) => Some(member(heap, id, "value")),
        _ => None,
    })
}

/// The member of a name. In `$context` and `$stageVariables` one that is not there is empty text.
pub fn member(heap: &Heap, id: usize, name: &str) -> Value {
    let Some(map) = heap.map(id) else { return Value::Null };
    match map.get(name) {
        Some(Value::Null) | None if map.is_lenient => Value::text(""),
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

fn entries(heap: &Heap, id: usize) -> Vec<(Rc<str>, Value)> {
    heap.map(id).map(|map| map.entries.clone()).unwrap_or_default()
}
