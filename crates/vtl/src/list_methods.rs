//! Java's methods of lists.
//! <https://docs.oracle.com/javase/8/docs/api/java/util/List.html>

use crate::TemplateError;
use crate::budget::Budget;
use crate::heap::{Heap, Value};
use crate::operate::equal;

/// A method of a list; nothing when it has none of this name, or not with these arguments.
pub fn call(
    heap: &mut Heap,
    id: usize,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, TemplateError> {
    let length = heap.list(id).len();
    Ok(match (name, arguments) {
        ("size" | "count", []) => Some(Value::count(length)),
        ("isEmpty", []) => Some(Value::Bool(length == 0)),
        ("get", [index]) => Some(item(heap, id, index)),
        ("contains", [wanted]) => Some(Value::Bool(position(heap, id, wanted, budget)?.is_some())),
        ("indexOf", [wanted]) => {
            Some(position(heap, id, wanted, budget)?.map_or(Value::Int(-1), Value::count))
        }
        ("subList", [from, to]) => {
            let found =
                place(from, length).zip(place(to, length)).and_then(|(from, to)| heap.list(id).get(from..to));
            let found = found.map(<[Value]>::to_vec);
            budget.spend(found.as_ref().map_or(0, Vec::len) * 8)?;
            Some(found.map_or(Value::Null, |found| heap.new_list(found)))
        }
        _ => change(heap, id, name, arguments, budget)?,
    })
}

/// The item at an index; nothing beyond the ends.
pub fn item(heap: &Heap, id: usize, index: &Value) -> Value {
    let items = heap.list(id);
    let found = place(index, items.len()).and_then(|at| items.get(at));
    found.cloned().unwrap_or(Value::Null)
}

fn place(index: &Value, length: usize) -> Option<usize> {
    match index {
        Value::Int(at) if *at < 0 => usize::try_from(i64::try_from(length).ok()? + at).ok(),
        Value::Int(at) => usize::try_from(*at).ok(),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn position(
    heap: &Heap,
    id: usize,
    wanted: &Value,
    budget: &mut Budget,
) -> Result<Option<usize>, TemplateError> {
    for (at, item) in heap.list(id).iter().enumerate() {
        budget.spend(0)?;
        if equal(heap, item, wanted, budget)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn change(
    heap: &mut Heap,
    id: usize,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Option<Value>, TemplateError> {
    let length = heap.list(id).len();
    // What stands behind a changed item moves.
    budget.spend(length)?;
    let more = match (name, arguments) {
        ("addAll", [Value::List(other)]) => heap.list(*other).to_vec(),
        _ => Vec::new(),
    };
    budget.spend(more.len() * 8)?;
    let Some(list) = heap.list_mut(id) else { return Ok(None) };
    Ok(match (name, arguments) {
        ("add", [value]) => {
            list.items.push(value.clone());
            Some(Value::Bool(true))
        }
        ("add", [index, value]) => {
            if let Some(at) = place(index, length).filter(|at| *at <= length) {
                list.items.insert(at, value.clone());
            }
            Some(Value::Null)
        }
        ("set", [index, value]) => {
            let old = place(index, length).and_then(|at| list.items.get_mut(at));
            Some(old.map_or(Value::Null, |old| std::mem::replace(old, value.clone())))
        }
        ("remove", [index @ Value::Int(_)]) => {
            let at = place(index, length).filter(|at| *at < length);
            Some(at.map_or(Value::Null, |at| list.items.remove(at)))
        }
        ("remove", [value]) => {
            let at = list.items.iter().position(|item| item == value);
            Some(Value::Bool(at.map(|at| list.items.remove(at)).is_some()))
        }
        ("addAll", [Value::List(_)]) => {
            let is_changed = !more.is_empty();
            list.items.extend(more);
            Some(Value::Bool(is_changed))
        }
        ("clear", []) => {
            list.items.clear();
            Some(Value::Null)
        }
        _ => None,
    })
}
