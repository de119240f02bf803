//! Renders a template.

use crate::ast::{Expression, Node, Operator, Reference, Step};
use crate::budget::Budget;
use crate::heap::{Heap, Value};
use crate::{Data, ITERATIONS, Json, OUTPUT_BYTES, Rendered, TemplateError};
use crate::{list_methods, map_methods, operate, text_methods};
use std::collections::HashMap;
use std::rc::Rc;

/// How a node ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Break,
    Stop,
}

/// One loop that is running.
#[derive(Debug, Clone, Copy)]
struct Loop {
    index: usize,
    length: usize,
}

pub struct Render<'d> {
    pub data: &'d Data<'d>,
    pub heap: Heap,
    pub budget: Budget,
    /// The body, once it was read as JSON.
    pub body: Option<Rc<Json>>,
    variables: HashMap<String, Value>,
    loops: Vec<Loop>,
    out: String,
}

impl<'d> Render<'d> {
    pub fn new(data: &'d Data<'d>) -> Self {
        let mut render = Self {
            data,
            heap: Heap::default(),
            budget: Budget::new(),
            body: None,
            variables: HashMap::new(),
            loops: Vec::new(),
            out: String::new(),
        };
        let context = render.lenient(data.context);
        let stage = data.stage_variables.iter().map(|(n, v)| (n.as_str(), Json::from(v.as_str()))).collect();
        let stage = render.lenient(&stage);
        let names =
            [("context", context), ("stageVariables", stage), ("input", Value::Input), ("util", Value::Util)];
        render.variables.extend(names.map(|(name, value)| (name.to_owned(), value)));
        render
    }

    pub fn run(mut self, nodes: &[Node]) -> Result<Rendered, TemplateError> {
        self.nodes(nodes)?;
        let context = self.variables.get("context").cloned().unwrap_or(Value::Null);
        let context = self.heap.json(&context, &mut self.budget)?;
        Ok(Rendered { text: self.out, context })
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<Flow, TemplateError> {
        for node in nodes {
            self.budget.spend(0)?;
            let flow = self.node(node)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn node(&mut self, node: &Node) -> Result<Flow, TemplateError> {
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Show(reference) => self.show(reference)?,
            Node::Set(target, value) => {
                let value = self.evaluate(value)?;
                self.set(target, value)?;
            }
            Node::If(branches, otherwise) => {
                for (condition, body) in branches {
                    if operate::is_true(&self.evaluate(condition)?) {
                        return self.nodes(body);
                    }
                }
                return self.nodes(otherwise);
            }
            Node::Foreach { variable, over, body } => return self.foreach(variable, over, body),
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::On)
    }

    fn write(&mut self, text: &str) -> Result<(), TemplateError> {
        self.budget.spend(text.len())?;
        if self.out.len() + text.len() > OUTPUT_BYTES {
            return Err(TemplateError::TooMuchOutput);
        }
        self.out.push_str(text);
        Ok(())
    }

    /// What there is of the reference; where there is nothing, the reference as it was written.
    fn show(&mut self, reference: &Reference) -> Result<(), TemplateError> {
        match self.follow(reference)? {
            Value::Null if reference.is_quiet => Ok(()),
            Value::Null => self.write(&reference.source),
            value => {
                let text = self.heap.show(&value, &mut self.budget)?;
                self.write(&text)
            }
        }
    }

    fn foreach(&mut self, name: &str, over: &Expression, body: &[Node]) -> Result<Flow, TemplateError> {
        let items = match self.evaluate(over)? {
            Value::List(id) => self.heap.list(id).to_vec(),
            Value::Map(id) => {
                let entries = self.heap.map(id).map(|map| map.entries.as_slice()).unwrap_or_default();
                entries.iter().map(|(_, value)| value.clone()).collect()
            }
            _ => return Ok(Flow::On),
        };
        if items.len() > ITERATIONS {
            return Err(TemplateError::TooManyIterations);
        }
        let outer = self.variables.get(name).cloned();
        let length = items.len();
        let mut flow = Flow::On;
        for (index, item) in items.into_iter().enumerate() {
            self.budget.spend(0)?;
            self.variables.insert(name.to_owned(), item);
            self.loops.push(Loop { index, length });
            flow = self.nodes(body)?;
            self.loops.pop();
            if flow != Flow::On {
                break;
            }
        }
        match outer {
            Some(value) => drop(self.variables.insert(name.to_owned(), value)),
            None => drop(self.variables.remove(name)),
        }
        Ok(if flow == Flow::Break { Flow::On } else { flow })
    }

    pub fn evaluate(&mut self, expression: &Expression) -> Result<Value, TemplateError> {
        self.budget.spend(0)?;
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Bool(bool) => Value::Bool(*bool),
            Expression::Int(int) => Value::Int(*int),
            Expression::Float(float) => Value::Float(*float),
            Expression::Text(text) => {
                self.budget.spend(text.len())?;
                Value::text(text.as_str())
            }
            Expression::Interpolated(nodes) => self.interpolate(nodes)?,
            Expression::Reference(reference) => self.follow(reference)?,
            Expression::List(items) => {
                let items = self.all(items)?;
                self.heap.new_list(items)
            }
            Expression::Range(first, last) => self.range(first, last)?,
            Expression::Map(entries) => {
                let mut map = crate::heap::Map::default();
                for (key, value) in entries {
                    let key = self.evaluate(key)?;
                    let key = self.heap.show(&key, &mut self.budget)?;
                    map.put(&key, self.evaluate(value)?);
                }
                self.heap.new_map(map.entries)
            }
            Expression::Not(inner) => Value::Bool(!operate::is_true(&self.evaluate(inner)?)),
            Expression::Chain(first, more) => {
                let mut left = self.evaluate(first)?;
                for (operator, right) in more {
                    left = self.binary(*operator, left, right)?;
                }
                left
            }
        })
    }

    fn all(&mut self, expressions: &[Expression]) -> Result<Vec<Value>, TemplateError> {
        expressions.iter().map(|expression| self.evaluate(expression)).collect()
    }

    /// The nodes of a string in double quotes write into the string.
    fn interpolate(&mut self, nodes: &[Node]) -> Result<Value, TemplateError> {
        let before = std::mem::take(&mut self.out);
        let outcome = self.nodes(nodes);
        let made = std::mem::replace(&mut self.out, before);
        outcome?;
        Ok(Value::text(made))
    }

    fn range(&mut self, first: &Expression, last: &Expression) -> Result<Value, TemplateError> {
        let (Value::Int(first), Value::Int(last)) = (self.evaluate(first)?, self.evaluate(last)?) else {
            return Ok(Value::Null);
        };
        let length = usize::try_from(first.abs_diff(last)).unwrap_or(usize::MAX);
        // A longer one could not be looped over.
        if length >= ITERATIONS {
            return Err(TemplateError::TooManyIterations);
        }
        self.budget.spend(length * 16)?;
        let items =
            if first <= last { (first..=last).collect() } else { (last..=first).rev().collect::<Vec<_>>() };
        Ok(self.heap.new_list(items.into_iter().map(Value::Int).collect()))
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: Value,
        right: &Expression,
    ) -> Result<Value, TemplateError> {
        match operator {
            Operator::And if !operate::is_true(&left) => return Ok(Value::Bool(false)),
            Operator::Or if operate::is_true(&left) => return Ok(Value::Bool(true)),
            _ => {}
        }
        let right = self.evaluate(right)?;
        match operator {
            Operator::And | Operator::Or => Ok(Value::Bool(operate::is_true(&right))),
            Operator::Equal => operate::equal(&self.heap, &left, &right, &mut self.budget).map(Value::Bool),
            Operator::Unequal => {
                operate::equal(&self.heap, &left, &right, &mut self.budget).map(|equal| Value::Bool(!equal))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                Ok(operate::compare(operator, &left, &right))
            }
            _ => operate::calculate(&self.heap, operator, &left, &right, &mut self.budget),
        }
    }

    fn follow(&mut self, reference: &Reference) -> Result<Value, TemplateError> {
        self.budget.spend(0)?;
        let mut value = match reference.name.as_str() {
            "foreach" if !self.loops.is_empty() => Value::Loop(self.loops.len()),
            "velocityCount" if !self.loops.is_empty() => {
                self.of_loop(self.loops.len(), "count").unwrap_or(Value::Null)
            }
            name => self.variables.get(name).cloned().unwrap_or(Value::Null),
        };
        for step in &reference.steps {
            self.budget.spend(0)?;
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    fn step(&mut self, value: &Value, step: &Step) -> Result<Value, TemplateError> {
        match step {
            Step::Property(name) => self.property(value, name),
            Step::Index(index) => {
                let index = self.evaluate(index)?;
                Ok(match value {
                    Value::List(id) => list_methods::item(&self.heap, *id, &index),
                    Value::Map(id) => {
                        let key = self.heap.show(&index, &mut self.budget)?;
                        map_methods::member(&self.heap, *id, &key)
                    }
                    _ => Value::Null,
                })
            }
            Step::Call(name, arguments) => {
                let arguments = self.all(arguments)?;
                self.call(value, name, &arguments).map(|found| found.unwrap_or(Value::Null))
            }
        }
    }

    fn property(&mut self, value: &Value, name: &str) -> Result<Value, TemplateError> {
        match value {
            Value::Map(id) => {
                self.budget.spend(self.heap.map(*id).map_or(0, |map| map.entries.len()) * 8)?;
                Ok(map_methods::member(&self.heap, *id, name))
            }
            Value::Loop(depth) => Ok(self.of_loop(*depth, name).unwrap_or(Value::Null)),
            Value::Input if name == "body" => Ok(self.body_text()),
            // `$x.empty` is `$x.isEmpty()`, as for any Java bean.
            Value::Null => Ok(Value::Null),
            other => {
                let mut letters = name.chars();
                let capital = letters.next().map(|c| c.to_ascii_uppercase()).unwrap_or_default();
                let rest = letters.as_str();
                for getter in [format!("get{capital}{rest}"), format!("is{capital}{rest}")] {
                    if let Some(found) = self.call(other, &getter, &[])? {
                        return Ok(found);
                    }
                }
                Ok(Value::Null)
            }
        }
    }

    fn call(
        &mut self,
        value: &Value,
        name: &str,
        arguments: &[Value],
    ) -> Result<Option<Value>, TemplateError> {
        let (heap, budget) = (&mut self.heap, &mut self.budget);
        let found = match value {
            Value::Null => return Ok(None),
            Value::Text(text) => text_methods::call(heap, text, name, arguments, budget)?,
            Value::List(id) => list_methods::call(heap, *id, name, arguments, budget)?,
            Value::Map(id) => map_methods::call(heap, *id, name, arguments, budget)?,
            Value::Int(_) | Value::Float(_) => text_methods::call_on_number(value, name, arguments),
            Value::Bool(_) => None,
            Value::Input => self.call_input(name, arguments)?,
            Value::Util => self.call_util(name, arguments)?,
            Value::Loop(depth) => match (name, arguments) {
                ("index" | "getIndex", []) => self.of_loop(*depth, "index"),
                ("count" | "getCount", []) => self.of_loop(*depth, "count"),
                ("hasNext", []) => self.of_loop(*depth, "hasNext"),
                _ => None,
            },
        };
        match (found, name, arguments) {
            (None, "toString", []) => Ok(Some(Value::Text(self.heap.show(value, &mut self.budget)?))),
            (None, "equals", [other]) => operate::equal(&self.heap, value, other, &mut self.budget)
                .map(|equal| Some(Value::Bool(equal))),
            (found, _, _) => Ok(found),
        }
    }

    fn of_loop(&self, depth: usize, name: &str) -> Option<Value> {
        let at = depth.checked_sub(1)?;
        let Loop { index, length } = self.loops.get(at)?;
        Some(match name {
            "index" => Value::count(*index),
            "count" => Value::count(index + 1),
            "hasNext" => Value::Bool(index + 1 < *length),
            "first" => Value::Bool(*index == 0),
            "last" => Value::Bool(index + 1 == *length),
            "parent" if at > 0 => Value::Loop(at),
            _ => return None,
        })
    }

    /// Sets a variable, a member of a map or an item of a list. As in Velocity 1.7, nothing is set
    /// to nothing.
    fn set(&mut self, target: &Reference, value: Value) -> Result<(), TemplateError> {
        if value == Value::Null {
            return Ok(());
        }
        let Some((last, before)) = target.steps.split_last() else {
            if !["context", "stageVariables", "input", "util"].contains(&target.name.as_str()) {
                self.variables.insert(target.name.clone(), value);
            }
            return Ok(());
        };
        let mut holder = self.variables.get(&target.name).cloned().unwrap_or(Value::Null);
        for step in before {
            holder = match (&holder, step) {
                (Value::Map(id), Step::Property(name)) if target.name == "context" => {
                    self.map_at(*id, name).map_or(Value::Null, Value::Map)
                }
                _ => self.step(&holder, step)?,
            };
        }
        self.put(&holder, last, value)
    }

    fn put(&mut self, holder: &Value, step: &Step, value: Value) -> Result<(), TemplateError> {
        let key = match step {
            Step::Property(name) => Value::text(name.as_str()),
            Step::Index(index) => self.evaluate(index)?,
            Step::Call(..) => return Ok(()),
        };
        let method = if matches!(holder, Value::List(_)) { "set" } else { "put" };
        if matches!(holder, Value::List(_) | Value::Map(_)) {
            self.call(holder, method, &[key, value])?;
        }
        Ok(())
    }
}
