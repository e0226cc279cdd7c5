//! What is wrong with a file that was to be imported. Nothing of it was sent.

/// Why a file cannot be imported as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Nothing is in it.
    #[error("the file is empty\n  hint: its first line must name the columns")]
    Empty,
    /// It can be read once only.
    #[error("this is no file that can be read twice\n  hint: save it as a file first")]
    NotAFile,
    /// It is a spreadsheet.
    #[error("this is a spreadsheet, not CSV\n  hint: save it as \"CSV UTF-8\"")]
    Spreadsheet,
    /// It is UTF-16.
    #[error("this is UTF-16, not UTF-8\n  hint: iconv -f UTF-16 -t UTF-8 {0} > {0}.utf8.csv")]
    Utf16(String),
    /// It is in an old encoding.
    #[error(
        "line {line}: byte {byte:#04x} is not UTF-8; the file is probably in Latin-1 (Windows-1252)\n  hint: iconv -f WINDOWS-1252 -t UTF-8 {path} > {path}.utf8.csv"
    )]
    NotUtf8 {
        /// The file.
        path: String,
        /// The first line that is wrong.
        line: u64,
        /// What is wrong there.
        byte: u8,
    },
    /// Its rows cannot be told apart.
    #[error("{0}")]
    Rows(super::rows::Broken),
    /// A column is no field.
    #[error("the column `{column}` is no field{guess}\n  hint: name the field with --map \"{column}={field}\", or leave the column out with --map \"{column}=\"; fields are {known}",
        guess = guess.as_ref().map(|guess| format!("; did you mean `{guess}`?")).unwrap_or_default(),
        field = guess.as_deref().unwrap_or("FIELD"))]
    UnknownColumn {
        /// The column.
        column: String,
        /// The field that may have been meant.
        guess: Option<String>,
        /// All fields.
        known: String,
    },
    /// All columns are one.
    #[error(
        "there is one column, `{column}`\n  hint: are the cells separated by something else? --delimiter {delimiter}"
    )]
    OtherDelimiter {
        /// What was read.
        column: String,
        /// What may separate.
        delimiter: &'static str,
    },
    /// A name is there twice.
    #[error(
        "two columns are called `{0}`\n  hint: give one of them another name in the first line"
    )]
    TwoColumns(String),
    /// A column has no name.
    #[error("column {0} has no name\n  hint: name it in the first line")]
    NoName(usize),
    /// A field is there twice.
    #[error(
        "the columns `{first}` and `{second}` are both the field `{field}`\n  hint: leave one out with --map \"{second}=\""
    )]
    TwoForOne {
        /// The field.
        field: String,
        /// A column.
        first: String,
        /// The other.
        second: String,
    },
    /// A field that must be there is not.
    #[error(
        "no column is the field `{field}`, without which no record can be\n  hint: name it with --map \"COLUMN={field}\"; columns are {columns}"
    )]
    Missing {
        /// The field.
        field: String,
        /// All columns.
        columns: String,
    },
    /// `--map` that is none.
    #[error("--map \"{0}\" is not of the form COLUMN=FIELD")]
    NoMap(String),
    /// `--map` of something that is not there.
    #[error("--map names the column `{column}`, which is not there\n  hint: columns are {columns}")]
    NoSuchColumn {
        /// What was named.
        column: String,
        /// All columns.
        columns: String,
    },
    /// `--map` to something that is not there.
    #[error("--map names the field `{field}`, which is not there\n  hint: fields are {known}")]
    NoSuchField {
        /// What was named.
        field: String,
        /// All fields.
        known: String,
    },
    /// A delimiter of more than one character.
    #[error("--delimiter must be one ASCII character, or `tab`")]
    Delimiter,
}
