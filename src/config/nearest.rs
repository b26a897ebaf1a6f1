//! Finds the setting that somebody who mistyped probably meant.

/// The candidate that differs in the fewest letters, if it differs in few enough to be what was meant.
pub(super) fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerated = (typed.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance: letters to insert, delete or replace to turn one text into the other.
pub(super) fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (line, a) in left.chars().enumerate() {
        let mut next = vec![line + 1];
        for (pair, b) in row.windows(2).zip(right.chars()) {
            if let (&[diagonal, above], Some(&before)) = (pair, next.last()) {
                next.push((diagonal + usize::from(a != b)).min(above + 1).min(before + 1));
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
