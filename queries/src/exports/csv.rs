//! Rows for spreadsheets: RFC 4180, with nothing in them that a spreadsheet would run.

/// A row, ended as the RFC asks: CR LF.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    let mut row = cells.join(",");
    row.push_str("\r\n");
    row
}

/// A cell: quoted where it must be, and with an apostrophe before what a spreadsheet would take for
/// a formula (OWASP, "CSV Injection", read 2026-11-24).
fn cell(text: &str) -> String {
    let escape = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{escape}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{escape}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_the_rfc_asks_and_nowhere_else() {
        assert_eq!(row(["a", "", "b c", "é"]), "a,,b c,é\r\n");
        assert_eq!(
            row(["a,b", "say \"hi\"", "two\nlines", "cr\rlf"]),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\rlf\"\r\n"
        );
    }

    #[test]
    fn what_begins_like_a_formula_is_shown_and_not_run() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+43 1", "'+43 1"),
            ("-5", "'-5"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("\rx", "\"'\rx\""),
            ("=A1,\"x\"", "\"'=A1,\"\"x\"\"\""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(row([text]), format!("{cell}\r\n"), "{text:?}");
        }
    }
}
