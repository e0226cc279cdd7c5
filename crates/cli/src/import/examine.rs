//! Reading a file once before anything of it is sent: can it be read to its end, how many rows has
//! it, and which file is it?

use super::rows::{Broken, Row, Rows};
use super::{Fault, fault_in};
use crate::error::Failure;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// What was found.
#[derive(Debug)]
pub(super) struct Examined {
    /// The first row, which names the columns.
    pub(super) head: Row,
    /// How many rows there are after it, blank ones not counted.
    pub(super) rows: u64,
    /// 128 bits of the content's SHA-256, in hexadecimal.
    pub(super) digest: String,
}

/// A file that can be read again and again.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    pub(super) delimiter: u8,
}

impl Source {
    /// The file, if it is one.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn new(path: &Path, delimiter: &str) -> Result<Self, Failure> {
        let fault = |fault| fault_in(path, fault);
        let delimiter = match delimiter.as_bytes() {
            b"tab" | b"\\t" => b'\t',
            [one] if one.is_ascii() && !matches!(one, b'"' | b'\r' | b'\n') => *one,
            _ => return Err(fault(Fault::Delimiter)),
        };
        let source = Self { path: path.to_owned(), delimiter };
        let found = std::fs::metadata(path).map_err(|cause| source.unread(cause))?;
        if found.is_file() { Ok(source) } else { Err(fault(Fault::NotAFile)) }
    }

    /// The rows, from the first.
    ///
    /// # Errors
    /// [`Failure::File`].
    pub(super) fn rows(&self) -> Result<Rows<File>, Failure> {
        Ok(Rows::new(self.open()?, self.delimiter))
    }

    /// Reads it to its end.
    ///
    /// # Errors
    /// [`Failure`]: what would go wrong in the middle of an import.
    pub(super) fn examined(&self) -> Result<Examined, Failure> {
        let mut file = self.open()?;
        self.not_of_another_kind(&mut file)?;
        let mut rows = Rows::new(Watched::new(file), self.delimiter);
        let head = self.checked(rows.next())?.ok_or_else(|| self.fault(Fault::Empty))?;
        let mut count = 0;
        while let Some(row) = self.checked(rows.next())? {
            count += u64::from(!row.is_blank());
        }
        let digest = rows.into_inner().digest.finalize();
        let digest =
            digest.iter().take(16).fold(0, |bits: u128, byte| (bits << 8) | u128::from(*byte));
        let digest = format!("{digest:032x}");
        Ok(Examined { head, rows: count, digest })
    }

    /// A row, or what is wrong with the file.
    ///
    /// # Errors
    /// [`Failure`].
    pub(super) fn checked(&self, row: Result<Option<Row>, Broken>) -> Result<Option<Row>, Failure> {
        match row {
            Ok(row) => Ok(row),
            Err(Broken::Io(cause)) => match not_utf8(&cause) {
                Some(offset) => Err(self.encoding(offset)?),
                None => Err(self.unread(cause)),
            },
            Err(broken) => Err(self.fault(Fault::Rows(broken))),
        }
    }

    fn open(&self) -> Result<File, Failure> {
        File::open(&self.path).map_err(|cause| self.unread(cause))
    }

    fn unread(&self, cause: io::Error) -> Failure {
        Failure::File { path: self.path.clone(), what: "it cannot be read", cause }
    }

    fn fault(&self, fault: Fault) -> Failure {
        fault_in(&self.path, fault)
    }

    /// Files that begin as something else does.
    fn not_of_another_kind(&self, file: &mut File) -> Result<(), Failure> {
        let mut beginning = Vec::new();
        let read = file.by_ref().take(64).read_to_end(&mut beginning);
        read.and_then(|_bytes| file.rewind()).map_err(|cause| self.unread(cause))?;
        let fault = match beginning.as_slice() {
            [] => Fault::Empty,
            [b'P', b'K', 3, 4, ..] | [0xd0, 0xcf, 0x11, 0xe0, ..] => Fault::Spreadsheet,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Fault::Utf16(self.path.display().to_string()),
            // Latin letters in UTF-16 without its mark: every other byte is zero.
            other if other.contains(&0) => Fault::Utf16(self.path.display().to_string()),
            _ => return Ok(()),
        };
        Err(self.fault(fault))
    }

    /// Where a file is no UTF-8, in words.
    fn encoding(&self, offset: u64) -> Result<Failure, Failure> {
        let mut reader = BufReader::new(self.open()?);
        let mut before = reader.by_ref().take(offset).bytes();
        let mut line = 1;
        let counted = before.try_for_each(|byte| {
            line += u64::from(byte? == b'\n');
            Ok(())
        });
        counted.map_err(|cause| self.unread(cause))?;
        let mut byte = [0];
        reader.read_exact(&mut byte).map_err(|cause| self.unread(cause))?;
        let (path, [byte]) = (self.path.display().to_string(), byte);
        Ok(self.fault(Fault::NotUtf8 { path, line, byte }))
    }
}

/// The first place that is no UTF-8.
#[derive(Debug, thiserror::Error)]
#[error("byte {0} is not UTF-8")]
struct NotUtf8(u64);

fn not_utf8(error: &io::Error) -> Option<u64> {
    let NotUtf8(offset) = error.get_ref()?.downcast_ref::<NotUtf8>()?;
    Some(*offset)
}

/// What is read through this is digested, and refused where it is no UTF-8.
struct Watched<R> {
    inner: R,
    digest: Sha256,
    /// Bytes before `rest`.
    passed: u64,
    /// The beginning of a character whose end is still to be read.
    rest: Vec<u8>,
}

impl<R> Watched<R> {
    fn new(inner: R) -> Self {
        Self { inner, digest: Sha256::new(), passed: 0, rest: Vec::new() }
    }

    fn watch(&mut self, bytes: &[u8]) -> Result<(), NotUtf8> {
        self.digest.update(bytes);
        let mut text = std::mem::take(&mut self.rest);
        let whole = if text.is_empty() {
            bytes
        } else {
            text.extend_from_slice(bytes);
            &text
        };
        let length = |of: usize| u64::try_from(of).unwrap_or(u64::MAX);
        match std::str::from_utf8(whole) {
            Ok(_) => self.passed += length(whole.len()),
            Err(error) => {
                self.passed += length(error.valid_up_to());
                let rest = whole.get(error.valid_up_to()..).unwrap_or_default().to_vec();
                // Nothing more to come leaves a character without its end.
                if error.error_len().is_some() || bytes.is_empty() {
                    return Err(NotUtf8(self.passed));
                }
                self.rest = rest;
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let bytes = buffer.get(..count).unwrap_or_default();
        self.watch(bytes).map_err(|wrong| io::Error::new(io::ErrorKind::InvalidData, wrong))?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, so that every character is cut.
    struct Slowly<'a>(&'a [u8]);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    fn offset(bytes: &[u8]) -> Option<u64> {
        let slowly = Watched::new(Slowly(bytes)).read_to_end(&mut Vec::new());
        let at_once = Watched::new(bytes).read_to_end(&mut Vec::new());
        let offsets = [slowly, at_once].map(|read| read.err().and_then(|error| not_utf8(&error)));
        assert_eq!(offsets[0], offsets[1]);
        offsets[0]
    }

    #[test]
    fn the_first_byte_that_is_no_utf8_is_found() {
        assert_eq!(offset("Ünïcödé 🙂 東京".as_bytes()), None);
        assert_eq!(offset(b"M\xfcller"), Some(1));
        assert_eq!(offset("Ü\u{20ac}".as_bytes().split_last().unwrap().1), Some(2));
    }
}
