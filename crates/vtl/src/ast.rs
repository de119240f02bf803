//! A template as it was read.

#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Text(String),
    Show(Reference),
    Set(Reference, Expression),
    /// The branches with their conditions, and what stands in `#else`.
    If(Vec<(Expression, Vec<Self>)>, Vec<Self>),
    Foreach {
        variable: String,
        over: Expression,
        body: Vec<Self>,
    },
    Break,
    Stop,
}

/// `$a.b(c)[d]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub name: String,
    /// Written `$!a`: nothing is shown where there is nothing.
    pub is_quiet: bool,
    pub steps: Vec<Step>,
    /// As it stands in the template, which is what is shown where there is nothing.
    pub source: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Property(String),
    Call(String, Vec<Expression>),
    Index(Expression),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    /// A string in double quotes with references in it.
    Interpolated(Vec<Node>),
    Reference(Reference),
    List(Vec<Self>),
    Range(Box<Self>, Box<Self>),
    Map(Vec<(Self, Self)>),
    Not(Box<Self>),
    /// `a + b - c`, from left to right; operators of one strength.
    Chain(Box<Self>, Vec<(Operator, Self)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}
