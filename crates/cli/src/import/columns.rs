//! Which column is which field, and the body that a row becomes.

use super::Fault;
use super::rows::Row;
use crate::types::{Field, Type, guessed, to_fill_in};
use crate::values::{converted, put};
use serde_json::{Map, Value};

/// Columns that a report adds to a file; they are passed over when the report is imported.
pub(super) const REPORTED: [&str; 2] = ["refused_line", "refused_reason"];
/// What may be chosen besides the fields.
const ID: &str = "id";

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    names: Vec<String>,
    targets: Vec<Target>,
}

/// What a column is.
#[derive(Debug)]
enum Target {
    LeftOut,
    Id,
    Field(String, Box<Field>),
}

impl Columns {
    /// The columns that the first row names, with what `--map` says of them.
    ///
    /// # Errors
    /// [`Fault`]: whatever would make a column end up in the wrong place, or nowhere.
    pub(super) fn new(head: &Row, maps: &[String], of: &Type) -> Result<Self, Fault> {
        let names: Vec<String> = head.cells.iter().map(|name| name.trim().to_owned()).collect();
        for (index, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(Fault::NoName(index + 1));
            }
            if names.iter().take(index).any(|other| other == name) {
                return Err(Fault::TwoColumns(name.clone()));
            }
        }
        let maps = mapped(maps, &names)?;
        let fields = to_fill_in(&of.fields);
        let mut targets: Vec<Target> = Vec::new();
        for name in &names {
            let map = maps.iter().find(|(column, _)| column == name).map(|(_, field)| *field);
            let target = target(name, map, &fields, &names)?;
            if let Some(field) = target.path() {
                let mut earlier = targets.iter().zip(&names);
                if let Some((_, first)) = earlier.find(|(other, _)| other.path() == Some(field)) {
                    let (field, first, second) = (field.to_owned(), first.clone(), name.clone());
                    return Err(Fault::TwoForOne { field, first, second });
                }
            }
            targets.push(target);
        }
        for (path, field) in fields.iter().filter(|(path, _)| !path.contains('.')) {
            if field.required && !targets.iter().any(|target| target.path() == Some(path)) {
                return Err(Fault::Missing { field: path.clone(), columns: names.join(", ") });
            }
        }
        Ok(Self { names, targets })
    }

    /// The names, as the file has them.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Which column is which field, for people.
    pub(super) fn told(&self) -> String {
        let pairs =
            self.names.iter().zip(&self.targets).map(|(name, target)| match target.path() {
                None => format!("{name} (left out)"),
                Some(path) if path == name => name.clone(),
                Some(path) => format!("{name} → {path}"),
            });
        pairs.collect::<Vec<_>>().join(", ")
    }

    /// The body that a row becomes.
    ///
    /// # Errors
    /// A sentence, when the row has more or fewer cells than there are columns.
    pub(super) fn body(&self, row: &Row) -> Result<Map<String, Value>, String> {
        if row.cells.len() != self.targets.len() {
            let (found, wanted) = (row.cells.len(), self.targets.len());
            return Err(format!("{found} cells where {wanted} are expected"));
        }
        let mut body = Map::new();
        for (cell, target) in row.cells.iter().zip(&self.targets) {
            match target {
                Target::LeftOut => {}
                Target::Id if cell.is_empty() => {}
                Target::Id => put(&mut body, ID, cell.as_str().into()),
                Target::Field(path, field) => {
                    if let Some(value) = converted(field, cell) {
                        put(&mut body, path, value);
                    }
                }
            }
        }
        Ok(body)
    }

    /// What can be seen to be wrong with a row without asking the server: for a dry run. The server
    /// knows more.
    pub(super) fn faults(&self, row: &Row) -> Vec<String> {
        let mut faults = Vec::new();
        for (cell, target) in row.cells.iter().zip(&self.targets) {
            let Target::Field(path, field) = target else { continue };
            if cell.is_empty() && field.required && !path.contains('.') {
                faults.push(format!("{path}: is required"));
            }
            let Some(value) = converted(field, cell) else { continue };
            let texts: Vec<&str> = match value.as_array() {
                Some(tags) => tags.iter().filter_map(Value::as_str).collect(),
                None => value.as_str().into_iter().collect(),
            };
            if field.max_items.is_some_and(|max| texts.len() > max) {
                faults.push(format!(
                    "{path}: has more than {} entries",
                    field.max_items.unwrap_or(0)
                ));
            }
            if let Some(max) = field.max
                && texts.iter().any(|text| text.chars().count() > max)
            {
                faults.push(format!("{path}: has more than {max} characters"));
            }
        }
        faults
    }
}

impl Target {
    fn path(&self) -> Option<&str> {
        match self {
            Self::LeftOut => None,
            Self::Id => Some(ID),
            Self::Field(path, _) => Some(path),
        }
    }
}

/// `--map` as pairs of column and field.
fn mapped<'a>(maps: &'a [String], names: &[String]) -> Result<Vec<(&'a str, &'a str)>, Fault> {
    let mut pairs = Vec::new();
    for map in maps {
        // A column's name may hold `=`; a field's never does.
        let (column, field) = map.rsplit_once('=').ok_or_else(|| Fault::NoMap(map.clone()))?;
        let (column, field) = (column.trim(), field.trim());
        if !names.iter().any(|name| name == column) {
            let columns = names.join(", ");
            return Err(Fault::NoSuchColumn { column: column.to_owned(), columns });
        }
        pairs.push((column, field));
    }
    Ok(pairs)
}

fn target(
    name: &str,
    map: Option<&str>,
    fields: &[(String, &Field)],
    names: &[String],
) -> Result<Target, Fault> {
    let wanted = match map {
        Some("") => return Ok(Target::LeftOut),
        None if REPORTED.contains(&name) => return Ok(Target::LeftOut),
        Some(field) => field,
        None => name,
    };
    if wanted == ID {
        return Ok(Target::Id);
    }
    if let Some((path, field)) = fields.iter().find(|(path, _)| path == wanted) {
        return Ok(Target::Field(path.clone(), Box::new((*field).clone())));
    }
    let known: Vec<&str> = fields.iter().map(|(path, _)| path.as_str()).collect();
    if map.is_some() {
        return Err(Fault::NoSuchField { field: wanted.to_owned(), known: known.join(", ") });
    }
    if names.len() == 1
        && let Some((_, delimiter)) =
            [(';', "';'"), ('\t', "tab"), ('|', "'|'")].iter().find(|(c, _)| name.contains(*c))
    {
        return Err(Fault::OtherDelimiter { column: name.to_owned(), delimiter });
    }
    // People name columns as screens do; that helps to guess.
    let labelled = fields.iter().find(|(_, field)| field.label.eq_ignore_ascii_case(name));
    let guess = labelled.map(|(path, _)| path.clone());
    let guess = guess.or_else(|| guessed(name, known.iter().copied()));
    Err(Fault::UnknownColumn { column: name.to_owned(), guess, known: known.join(", ") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn customers() -> Type {
        serde_json::from_value(json!({
            "name": "customer", "plural": "customers", "label": "Customer",
            "plural_label": "Customers", "title": "name",
            "fields": [
                {"name": "name", "label": "Name", "kind": "line", "max": 5, "required": true},
                {"name": "email", "label": "E-mail", "kind": "email"},
                {"name": "tags", "label": "Tags", "kind": "tags", "max": 3, "max_items": 2},
                {"name": "address", "label": "Address", "kind": "group", "fields": [
                    {"name": "city", "label": "Town", "kind": "line", "max": 100}]}
            ]
        }))
        .unwrap()
    }

    fn row(cells: &[&str]) -> Row {
        Row { line: 1, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    fn columns(names: &[&str], maps: &[&str]) -> Result<Columns, String> {
        let maps: Vec<String> = maps.iter().map(|map| (*map).to_owned()).collect();
        Columns::new(&row(names), &maps, &customers()).map_err(|fault| fault.to_string())
    }

    #[test]
    fn columns_are_fields_by_name_or_by_map() {
        let columns = columns(
            &["id", "Full=name", "address.city", "tags", "Fax"],
            &["Full=name=name", "Fax="],
        );
        let columns = columns.unwrap();
        let body = columns.body(&row(&["7", "Ann", "Wien", "a; b;", "123"])).unwrap();
        assert_eq!(
            Value::Object(body),
            json!({"id": "7", "name": "Ann", "address": {"city": "Wien"}, "tags": ["a", "b"]})
        );
        assert_eq!(columns.body(&row(&["", "Ann", "", "", ""])).unwrap().len(), 1);
        assert_eq!(columns.told(), "id, Full=name → name, address.city, tags, Fax (left out)");
        let ragged = columns.body(&row(&["7", "Ann"]));
        assert_eq!(ragged.unwrap_err(), "2 cells where 5 are expected");
    }

    #[test]
    fn a_report_can_be_imported_as_it_is() {
        let columns = columns(&["refused_line", "refused_reason", "name"], &[]).unwrap();
        assert_eq!(columns.body(&row(&["4", "too long", "Ann"])).unwrap().len(), 1);
    }

    #[test]
    fn a_column_that_is_no_field_is_told_with_what_to_do() {
        let told = |names: &[&str], maps: &[&str]| columns(names, maps).unwrap_err();
        assert_eq!(
            told(&["name", "Town"], &[]),
            "the column `Town` is no field; did you mean `address.city`?\n  hint: name the field with \
             --map \"Town=address.city\", or leave the column out with --map \"Town=\"; fields are \
             name, email, tags, address.city"
        );
        assert!(told(&["name", "city"], &[]).contains("did you mean `address.city`?"));
        assert!(told(&["name", "turnover"], &[]).contains("--map \"turnover=FIELD\""));
        assert!(told(&["name;email"], &[]).contains("--delimiter ';'"));
        assert!(told(&["name", "name"], &[]).contains("two columns are called `name`"));
        assert!(told(&["name", ""], &[]).contains("column 2 has no name"));
        assert!(told(&["name", "x"], &["x=name"]).contains("are both the field `name`"));
        assert!(told(&["email"], &[]).contains("no column is the field `name`"));
        assert!(told(&["name"], &["name"]).contains("COLUMN=FIELD"));
        assert!(told(&["name"], &["y=name"]).contains("the column `y`, which is not there"));
        assert!(told(&["name", "y"], &["y=z"]).contains("the field `z`, which is not there"));
    }

    #[test]
    fn a_dry_run_sees_what_can_be_seen() {
        let columns = columns(&["name", "tags"], &[]).unwrap();
        assert!(columns.faults(&row(&["Ann", "a;b"])).is_empty());
        assert_eq!(columns.faults(&row(&["", "a"])), ["name: is required"]);
        assert_eq!(
            columns.faults(&row(&["Annette", "a;b;long"])),
            [
                "name: has more than 5 characters",
                "tags: has more than 2 entries",
                "tags: has more than 3 characters"
            ]
        );
    }
}
