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

/// Whether `column` has `text` in it. The database lower-cases both, so that the two agree about every letter.
pub(super) fn contains<Column>(column: Column, text: &str) -> Escape<Like<lower<Column>, lower<String>>>
where
    Column: Expression<SqlType = Text> + AsExpression<Text, Expression = Column>,
{
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    lower(column).like(lower(format!("%{escaped}%"))).escape('\\')
}
