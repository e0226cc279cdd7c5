//! The rows of a CSV file (RFC 4180), one at a time, each with the line on which it begins.
//!
//! The state machine is that of `csv-core`. What is ours: lines are counted rightly whatever ends
//! them, and a quotation mark that is never closed is found instead of swallowing the rest of the file.

use csv_core::ReadRecordResult;
use std::io::{self, BufRead, BufReader, Chain, Read};

/// A body of the API has at most 512 KB; a row beyond this is a quotation mark that was not closed.
const ROW_MAX_BYTES: usize = 1024 * 1024;
const BUFFER_BYTES: usize = 64 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// Whether there is nothing in it, as in the empty rows at the end of many a spreadsheet.
    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// Why there is no next row.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The file cannot be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// A cell begins with a quotation mark and never ends.
    #[error("line {0}: a quotation mark is not closed")]
    Unclosed(u64),
    /// The row is larger than any that could be sent.
    #[error("line {0}: the row has more than 1 MB; is a quotation mark not closed?")]
    TooLarge(u64),
    /// The row is no UTF-8.
    #[error("line {0}: it is not UTF-8")]
    NotUtf8(u64),
}

/// The rows of what is read from `R`.
pub(super) struct Rows<R> {
    // The line break at the end makes every row end before the input does, but one with an open
    // quotation mark.
    input: BufReader<Chain<R, &'static [u8]>>,
    machine: csv_core::Reader,
    begun: bool,
    /// Line breaks between rows, which the machine does not see.
    skipped: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: Read> Rows<R> {
    /// The rows of an input, whose cells one character separates.
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input: BufReader::with_capacity(BUFFER_BYTES, input.chain(&b"\n"[..])),
            machine: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            begun: false,
            skipped: 0,
            bytes: vec![0; 1024],
            ends: vec![0; 32],
        }
    }

    /// What was read from, when everything has been read.
    pub(super) fn into_inner(self) -> R {
        self.input.into_inner().into_inner().0
    }

    /// The next row; none at the end.
    ///
    /// # Errors
    /// [`Broken`].
    pub(super) fn next(&mut self) -> Result<Option<Row>, Broken> {
        self.skip_breaks()?;
        let line = self.machine.line() + self.skipped;
        let (mut written, mut ended) = (0, 0);
        loop {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let bytes = self.bytes.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, more, cells) = self.machine.read_record(input, bytes, ends);
            self.input.consume(read);
            written += more;
            ended += cells;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.bytes.len() >= ROW_MAX_BYTES => {
                    return Err(Broken::TooLarge(line));
                }
                ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record if at_end => return Err(Broken::Unclosed(line)),
                ReadRecordResult::Record => return self.row(line, written, ended).map(Some),
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Passes over line breaks before a row: of blank lines, and the second half of `\r\n`.
    fn skip_breaks(&mut self) -> io::Result<()> {
        loop {
            let input = self.input.fill_buf()?;
            let mark = if self.begun || !input.starts_with(BOM) { 0 } else { BOM.len() };
            self.begun = true;
            let rest = input.get(mark..).unwrap_or_default();
            let is_break = |byte: &&u8| matches!(byte, b'\r' | b'\n');
            let breaks = rest.iter().take_while(is_break);
            let (mut count, mut lines) = (0, 0);
            for byte in breaks {
                count += 1;
                lines += u64::from(*byte == b'\n');
            }
            let whole = !input.is_empty() && mark + count == input.len();
            self.skipped += lines;
            self.input.consume(mark + count);
            if !whole {
                return Ok(());
            }
        }
    }

    fn row(&self, line: u64, written: usize, ended: usize) -> Result<Row, Broken> {
        let not_utf8 = |_invalid| Broken::NotUtf8(line);
        let bytes = self.bytes.get(..written).unwrap_or_default();
        let text = std::str::from_utf8(bytes).map_err(not_utf8)?;
        let mut start = 0;
        let mut cells = Vec::with_capacity(ended);
        for end in self.ends.iter().take(ended) {
            // A cell may not begin or end inside of a character; then the text is none.
            let cell = text.get(start..*end).ok_or(Broken::NotUtf8(line))?;
            cells.push(cell.to_owned());
            start = *end;
        }
        Ok(Row { line, cells })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, Broken> {
        let mut rows = Rows::new(text.as_bytes(), b',');
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((row.line, row.cells));
        }
        Ok(all)
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn rows_know_their_lines_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "\"1\n2\",\"x \"\"y\"\"\"", "", "", "c,"].join(end);
            for tail in ["", end] {
                assert_eq!(
                    rows(&(text.clone() + tail)).unwrap(),
                    [
                        (1, cells(&["a", "b"])),
                        (3, cells(&["1\n2", "x \"y\""])),
                        (7, cells(&["c", ""])),
                    ],
                    "{end:?} {tail:?}"
                );
            }
        }
    }

    #[test]
    fn a_mark_of_the_byte_order_is_no_part_of_the_first_name() {
        assert_eq!(rows("\u{feff}name\nAnn\n").unwrap()[0].1, cells(&["name"]));
        assert_eq!(rows("\u{feff}\"na,me\"\nAnn\n").unwrap()[0].1, cells(&["na,me"]));
        assert!(rows("\u{feff}").unwrap().is_empty());
    }

    #[test]
    fn an_open_quotation_mark_is_found() {
        assert!(matches!(rows("a,b\n1,\"x\n2,y\n"), Err(Broken::Unclosed(2))));
        assert!(matches!(rows("a,b\n1,\"x"), Err(Broken::Unclosed(2))));
        let long = "a\n\"".to_owned() + &"x\n".repeat(ROW_MAX_BYTES);
        assert!(matches!(rows(&long), Err(Broken::TooLarge(2))));
        // One inside of a cell is a character like others.
        assert_eq!(rows("a\n5\" pipe\n").unwrap()[1].1, cells(&["5\" pipe"]));
    }

    #[test]
    fn wide_and_large_rows_are_read_whole() {
        let wide: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        assert_eq!(rows(&wide.join(",")).unwrap()[0].1, wide);
        let large = "ü".repeat(100_000);
        assert_eq!(rows(&format!("a,{large}\nb,c\n")).unwrap()[0].1[1], large);
    }

    #[test]
    fn rows_of_nothing_are_blank() {
        let row = |text: &str| Rows::new(text.as_bytes(), b',').next().unwrap().unwrap();
        assert!(row(", ,\n").is_blank() && row("\"\"\n").is_blank());
        assert!(!row(",x\n").is_blank());
    }
}
