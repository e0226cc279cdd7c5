//! Entity tags: a record's version in quotes.

use crate::{Headers, Problem};
use vocabulary::Version;

/// `"17"`.
pub fn etag(version: Version) -> String {
    format!("\"{version}\"")
}

/// The version that the caller says they change; `None` without `If-Match`. `W/"17"` is accepted
/// too, because gateways that compress weaken tags.
///
/// # Errors
/// [`Problem`] for `*` and for anything that is no version in quotes.
pub fn if_match(headers: &Headers) -> Result<Option<Version>, Problem> {
    let Some(value) = headers.get("if-match") else { return Ok(None) };
    let wrong = || {
        Problem::header_value("If-Match", "must be one ETag as this API gives them, such as \"17\"")
    };
    parsed(value).map(Some).ok_or_else(wrong)
}

/// The versions that the caller has already; none without `If-None-Match`.
pub fn if_none_match(headers: &Headers) -> Vec<Version> {
    let value = headers.get("if-none-match").unwrap_or_default();
    value.split(',').filter_map(parsed).collect()
}

fn parsed(tag: &str) -> Option<Version> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_version_in_quotes() {
        assert_eq!(parsed("\"17\""), Version::new(17).ok());
        assert_eq!(parsed("W/\"17\""), Version::new(17).ok());
        for wrong in ["*", "17", "\"0\"", "\"1.0\"", "\"9007199254740993\"", "\"\"", "\"1\", \"2\""]
        {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }
}
