//! The caller themselves.

use crate::{Queries, unread};
use edge::{Call, Problem, Reply, Served};
use serde_json::{Map, Value, json};
use vocabulary::{RecordId, RecordKey, TypeName};

impl Queries {
    /// `GET /me`: who the caller is, in which workspace, with which rights, and their own person, which
    /// needs no right to be read. Strongly consistent: the person is folded from the log.
    pub(crate) async fn myself(&self, call: &Call) -> Served {
        call.query.only(&[])?;
        let caller = call.caller()?;
        let rights: Vec<&str> = caller.rights().map(edge::Right::name).collect();
        let mut myself = Map::new();
        myself.insert("id".to_owned(), caller.actor.id.as_str().into());
        myself.insert("tenant".to_owned(), caller.tenant.as_str().into());
        myself.insert("own_workspace".to_owned(), caller.tenant.is_of_person().into());
        myself.insert("rights".to_owned(), json!(rights));
        if let Some(person) = self.own_person(call).await? {
            myself.insert("person".to_owned(), person);
        }
        Ok(Reply::json(200, myself))
    }

    /// The caller's own person; `None` until they have been kept once.
    async fn own_person(&self, call: &Call) -> Result<Option<Value>, Problem> {
        let caller = call.caller()?;
        let names = (TypeName::parse("person"), RecordId::parse(caller.actor.id.as_str()));
        // A `sub` that can be no record's id has never been kept as a person.
        let (Some(of), (Ok(record_type), Ok(id))) = (self.registry.by_name("person"), names) else {
            return Ok(None);
        };
        let key = RecordKey { tenant: caller.tenant.clone(), record_type, id };
        let pulled = self.store.pull(of, &key, None).await.map_err(|error| unread(&error))?;
        Ok(crate::record::found_in(&key, pulled)?.map(|found| Value::Object(found.shown())))
    }
}
