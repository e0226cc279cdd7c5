//! How operations are told: numbers, generations, rebuilds.

use crate::output::plain;
use serde_json::Value;

/// A value as text; nothing where there is none.
pub(super) fn text(json: &Value, pointer: &str) -> String {
    json.pointer(pointer).map(plain).unwrap_or_default()
}

/// A whole number; 0 where there is none. Of a fraction, what stands before the point.
pub(super) fn count(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer).map(whole).unwrap_or_default()
}

/// A number without its fraction.
pub(super) fn whole(value: &Value) -> u64 {
    let text = value.to_string();
    text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or_default()
}

/// A generation: `2, verified`.
pub(super) fn generation(json: &Value) -> String {
    let (number, state) = (text(json, "/number"), text(json, "/state").replace('_', " "));
    if state == "active" || state.is_empty() { number } else { format!("{number}, {state}") }
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    format!("{},{:03}", grouped(number / 1_000), number % 1_000)
}

/// A time that is left: `40 s`, `12 min`, `3 h 20 min`.
pub(super) fn left(seconds: u64) -> String {
    match (seconds / 3_600, seconds % 3_600 / 60) {
        (0, 0..2) => format!("{seconds} s"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// A record as people write it: `customer/lily`, with its workspace where it is not known to be the
/// caller's.
pub(super) fn record(json: &Value) -> String {
    let (of, id) = (text(json, "/record/type"), text(json, "/record/id"));
    let tenant = text(json, "/tenant");
    let tenant = if tenant.is_empty() { text(json, "/record/tenant") } else { tenant };
    match (of.is_empty(), tenant.is_empty()) {
        (true, _) => String::new(),
        (false, true) => format!("{of}/{id}"),
        (false, false) => format!("{of}/{id} of {tenant}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_told_without_its_fraction() {
        assert_eq!((whole(&json!(12.9)), whole(&json!(7)), whole(&json!("x"))), (12, 7, 0));
    }

    #[test]
    fn times_and_numbers_are_told_as_people_read_them() {
        assert_eq!(
            [0, 59, 119, 120, 3_600, 12_059].map(left),
            ["0 s", "59 s", "119 s", "2 min", "1 h 0 min", "3 h 20 min"]
        );
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_generation_says_its_state_unless_it_is_simply_read() {
        assert_eq!(generation(&json!({"number": 1, "state": "active"})), "1");
        assert_eq!(generation(&json!({"number": 2, "state": "caught_up"})), "2, caught up");
    }
}
