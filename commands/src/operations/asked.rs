//! What operators send: a JSON object with a reason, all faults of it told at once.

use edge::{Call, EmptyBody, Problem, reason, whole};
use events::FieldError;
use serde_json::{Map, Value};
use vocabulary::{Instant, RecordId, RecordKey, Tenant, TypeName};

/// The most records that can be named in one request.
const RECORDS_MAX: usize = 100;

/// A body that is being read: what is taken out of it, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Body {
    left: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Body {
    /// The body of a request, which must be there.
    pub(super) fn of(call: &Call) -> Result<Self, Problem> {
        call.query.only(&[])?;
        let mut left = call.object(EmptyBody::Refused)?;
        // What has no value is as good as absent.
        left.retain(|_, value| !value.is_null());
        Ok(Self { left, errors: Vec::new() })
    }

    /// That a field is not as it should be.
    pub(super) fn wrong(&mut self, name: &str, detail: &str) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        self.errors.push(FieldError { pointer, detail: detail.to_owned() });
    }

    /// The reason, which must be given.
    pub(super) fn reason(&mut self) -> String {
        const NEEDED: &str = "say why, in 1 to 500 characters";
        let told = match self.left.remove("reason") {
            Some(Value::String(text)) => reason(&text).map(Option::unwrap_or_default),
            Some(_) => Err("must be a text"),
            None => Ok(String::new()),
        };
        match told {
            Ok(reason) if !reason.is_empty() => return reason,
            Ok(_) => self.wrong("reason", NEEDED),
            Err(detail) => self.wrong("reason", detail),
        }
        String::new()
    }

    /// A switch; off when it is not there.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.left.remove(name) {
            Some(Value::Bool(on)) => on,
            None => false,
            Some(_) => {
                self.wrong(name, "must be true or false");
                false
            }
        }
    }

    /// A whole number from 1 to `most`.
    pub(super) fn whole(&mut self, name: &str, most: u32) -> Option<u32> {
        let value = self.left.remove(name)?;
        let number = whole(&value).and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.wrong(name, &format!("must be a whole number from 1 to {most}"));
        }
        number
    }

    /// A text of 1 to `max` characters.
    pub(super) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let value = self.left.remove(name)?;
        let text = value.as_str().filter(|text| (1..=max).contains(&text.chars().count()));
        if text.is_none() {
            self.wrong(name, &format!("must be a text of 1 to {max} characters"));
        }
        text.map(str::to_owned)
    }

    /// The name of a record type.
    pub(super) fn type_name(&mut self, name: &str) -> Option<TypeName> {
        let value = self.left.remove(name)?;
        let parsed = value.as_str().and_then(|text| TypeName::parse(text).ok());
        if parsed.is_none() {
            self.wrong(name, "must be the name of a record type");
        }
        parsed
    }

    /// An instant.
    pub(super) fn instant(&mut self, name: &str) -> Option<Instant> {
        let value = self.left.remove(name)?;
        let parsed = value.as_str().and_then(|text| Instant::parse(text).ok());
        if parsed.is_none() {
            self.wrong(name, "must be an instant as in 2026-11-22T14:28:00.123Z (RFC 3339)");
        }
        parsed
    }

    /// Records of a workspace, each by type and id: `customer/C-1`.
    pub(super) fn records(&mut self, name: &str, tenant: &Tenant) -> Option<Vec<RecordKey>> {
        let value = self.left.remove(name)?;
        let named = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let keys: Option<Vec<RecordKey>> =
            named.iter().map(|name| record_of(tenant, name.as_str()?)).collect();
        let keys = keys.filter(|keys| (1..=RECORDS_MAX).contains(&keys.len()));
        if keys.is_none() {
            let form = format!("must name 1 to {RECORDS_MAX} records, each as `customer/C-1`");
            self.wrong(name, &form);
        }
        keys
    }

    /// A record of any workspace: `{"tenant", "type", "id"}`.
    pub(super) fn record(&mut self, name: &str) -> Option<RecordKey> {
        let value = self.left.remove(name)?;
        let parsed = value.as_object().filter(|parts| parts.len() == 3).and_then(|parts| {
            let part = |name: &str| parts.get(name).and_then(Value::as_str);
            Some(RecordKey {
                tenant: Tenant::parse(part("tenant")?).ok()?,
                record_type: TypeName::parse(part("type")?).ok()?,
                id: RecordId::parse(part("id")?).ok()?,
            })
        });
        if parsed.is_none() {
            self.wrong(name, "must be a record: its `tenant`, `type` and `id`");
        }
        parsed
    }

    /// Nothing else may be there, and nothing of it wrong.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        let unknown: Vec<String> = self.left.keys().cloned().collect();
        for name in &unknown {
            self.wrong(name, "is not known here");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(self.errors)) }
    }
}

fn record_of(tenant: &Tenant, name: &str) -> Option<RecordKey> {
    let (of, id) = name.split_once('/')?;
    let (record_type, id) = (TypeName::parse(of).ok()?, RecordId::parse(id).ok()?);
    Some(RecordKey { tenant: tenant.clone(), record_type, id })
}
