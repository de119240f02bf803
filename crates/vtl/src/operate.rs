//! Operators on values, as Velocity 1.7 has them.

use crate::TemplateError;
use crate::ast::Operator;
use crate::budget::Budget;
use crate::heap::{Heap, Value};
use std::cmp::Ordering;

/// Everything is true but nothing and `false`.
pub fn is_true(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

/// Whether both are the same: numbers by value, values of one kind by value, others by their text.
pub fn equal(heap: &Heap, a: &Value, b: &Value, budget: &mut Budget) -> Result<bool, TemplateError> {
    if let Some(order) = numbers(a, b) {
        return Ok(order == Some(Ordering::Equal));
    }
    Ok(match (a, b) {
        (Value::Null, _) | (_, Value::Null) => a == b,
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::List(a), Value::List(b)) if a == b => true,
        (Value::Map(a), Value::Map(b)) if a == b => true,
        _ => heap.show(a, budget)? == heap.show(b, budget)?,
    })
}

#[expect(clippy::option_option, reason = "no numbers, numbers without order (NaN), and an order")]
fn numbers(a: &Value, b: &Value) -> Option<Option<Ordering>> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(Some(a.cmp(b))),
        _ => Some(float(a)?.partial_cmp(&float(b)?)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "as in Java, mixed arithmetic is in doubles")]
fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(int) => Some(*int as f64),
        Value::Float(float) => Some(*float),
        _ => None,
    }
}

/// `a < b` and its like; only numbers have an order.
pub fn compare(operator: Operator, a: &Value, b: &Value) -> Value {
    let order = numbers(a, b).flatten();
    let holds = |order: Ordering| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    };
    Value::Bool(order.is_some_and(holds))
}

/// `a + b` and its like. Nothing comes of what has no result, a division by zero included.
pub fn calculate(
    heap: &Heap,
    operator: Operator,
    a: &Value,
    b: &Value,
    budget: &mut Budget,
) -> Result<Value, TemplateError> {
    let is_text = |value: &Value| matches!(value, Value::Text(_));
    if operator == Operator::Add && (is_text(a) || is_text(b)) {
        let (a, b) = (heap.show(a, budget)?, heap.show(b, budget)?);
        budget.spend(a.len() + b.len())?;
        if a.len() + b.len() > crate::OUTPUT_BYTES {
            return Err(TemplateError::TooMuchOutput);
        }
        return Ok(Value::text(format!("{a}{b}")));
    }
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let result = match operator {
            Operator::Add => a.checked_add(*b),
            Operator::Subtract => a.checked_sub(*b),
            Operator::Multiply => a.checked_mul(*b),
            Operator::Divide => a.checked_div(*b),
            _ => a.checked_rem(*b),
        };
        return Ok(result.map_or(Value::Null, Value::Int));
    }
    let Some((a, b)) = float(a).zip(float(b)) else { return Ok(Value::Null) };
    Ok(match operator {
        Operator::Add => Value::Float(a + b),
        Operator::Subtract => Value::Float(a - b),
        Operator::Multiply => Value::Float(a * b),
        _ if b == 0.0 => Value::Null,
        Operator::Divide => Value::Float(a / b),
        _ => Value::Float(a % b),
    })
}
