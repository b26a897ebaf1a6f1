//! Looking for part of a text, whatever its case.

use diesel::{
    EscapeExpressionMethods, Expression, TextExpressionMethods, define_sql_function,
    dsl::{Escape, Like},
    expression::AsExpression,
    sql_types::Text,
};

define_sql_function! {
    /// Lower-cases a text; SQLite knows the letters of ASCII alone.
    fn lower(text: Text) -> Text;
}

/// Whether `column` has `text` in it.
pub(super) fn contains<Column>(column: Column, text: &str) -> Escape<Like<lower<Column>, String>>
where
    Column: Expression<SqlType = Text> + AsExpression<Text, Expression = Column>,
{
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    lower(column).like(format!("%{escaped}%")).escape('\\')
}
