//! Cognito's user pool on one machine: the real SDK client, answered from the identity provider's
//! directory in this process.
//!
//! The operations that Annals calls, in the AWS JSON 1.1 protocol, with the names that Cognito gives
//! to errors (API reference of the user pools, read 2026-11-24). Lists come in pages, as there.

use crate::identity::{Account, Directory, DirectoryError, Status};
use engine::{Answer, Asked as Request, Fault, Faults, Service, cognito_client};
use serde::Deserialize;
use serde_json::{Value, json};
use std::pin::Pin;

/// The items of a page, where the caller asks for no fewer; Cognito takes no more.
const PAGE: usize = 60;

/// The user pool as the SDK sees it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct UserPool {
    directory: Directory,
}

impl UserPool {
    /// The one pool's id.
    pub const ID: &'static str = "local_annals";

    /// The pool of a directory's people.
    pub fn of(directory: Directory) -> Self {
        Self { directory }
    }

    /// What the function `people-commands` works on, with faults on the way.
    pub fn reached(self, faults: Faults) -> commands::people::Directory {
        commands::people::Directory::new(cognito_client(self, faults), Self::ID.to_owned())
    }

    /// Answers one request as Cognito does over HTTP: status and body. The target is what the header
    /// `X-Amz-Target` says.
    pub async fn answer_http(&self, target: &str, body: String) -> (u16, String) {
        let request = Request::json(target, body);
        self.answer(&self.operation(&request), request).await.into_text()
    }
}

/// What the operations are asked, all in one: each reads what is its own.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Asked {
    user_pool_id: String,
    username: String,
    group_name: String,
    user_attributes: Vec<Attribute>,
    message_action: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    #[serde(default)]
    value: String,
}

type Answering<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

impl Service for UserPool {
    fn answer<'a>(&'a self, operation: &'a str, request: Request) -> Answering<'a> {
        // What is changed is on the disk before it is answered, which takes its time.
        let (directory, operation) = (self.directory.clone(), operation.to_owned());
        Box::pin(async move {
            let answered = move || answered(&directory, &operation, &request.text());
            let answer = tokio::task::spawn_blocking(answered).await;
            answer.unwrap_or_else(|_panic| internal("the operation ended in a fault"))
        })
    }

    fn refusal(&self, fault: Fault, _operation: &str, _request: &Request) -> Option<Answer> {
        (fault == Fault::Throttle).then(|| refused("TooManyRequestsException", "Too many requests"))
    }
}

fn answered(directory: &Directory, operation: &str, body: &str) -> Answer {
    let asked: Asked = match serde_json::from_str(body) {
        Ok(asked) => asked,
        Err(error) => return refused("SerializationException", &error.to_string()),
    };
    if asked.user_pool_id != UserPool::ID {
        let message = format!("User pool {} does not exist.", asked.user_pool_id);
        return refused("ResourceNotFoundException", &message);
    }
    match performed(directory, operation, &asked) {
        Ok(Some(answer)) => Answer::ok(answer.to_string()),
        Ok(None) => refused("UnknownOperationException", operation),
        Err(error) => failed(&error, &asked),
    }
}

/// `None` for an operation that is not played here.
fn performed(
    directory: &Directory,
    operation: &str,
    asked: &Asked,
) -> Result<Option<Value>, DirectoryError> {
    let Asked { username, group_name, .. } = asked;
    let known = || directory.get(username).ok_or(DirectoryError::NoSuchAccount);
    let nothing = |()| json!({});
    Ok(Some(match operation {
        "AdminGetUser" => got(&known()?),
        "AdminCreateUser" => json!({ "User": user(&created(directory, asked)?) }),
        "AdminListGroupsForUser" => {
            let groups: Vec<String> = known()?.groups.into_iter().collect();
            paged(
                "Groups",
                asked,
                &groups,
                |group| json!({ "GroupName": group, "UserPoolId": UserPool::ID }),
            )
        }
        "ListUsersInGroup" => paged("Users", asked, &directory.list_in_group(group_name)?, user),
        "AdminAddUserToGroup" => directory.add_to_group(username, group_name).map(nothing)?,
        "AdminRemoveUserFromGroup" => {
            directory.remove_from_group(username, group_name).map(nothing)?
        }
        "AdminUserGlobalSignOut" => directory.sign_out_everywhere(username).map(nothing)?,
        _ => return Ok(None),
    }))
}

fn created(directory: &Directory, asked: &Asked) -> Result<Account, DirectoryError> {
    if asked.message_action.as_deref() == Some("RESEND") {
        return directory.invite_again(&asked.username);
    }
    let name = asked.user_attributes.iter().find(|attribute| attribute.name == "name");
    directory.invite(&asked.username, name.map(|name| name.value.as_str()))
}

/// One page of a list; its token is the place where the next one begins.
fn paged<T>(name: &str, asked: &Asked, all: &[T], told: impl Fn(&T) -> Value) -> Value {
    let from = asked.next_token.as_deref().and_then(|token| token.parse().ok()).unwrap_or(0);
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let items: Vec<Value> = all.iter().skip(from).take(limit).map(told).collect();
    let next = from + items.len();
    let mut page = json!({ name: items });
    if let Some(page) = page.as_object_mut().filter(|_| next < all.len()) {
        page.insert("NextToken".to_owned(), next.to_string().into());
    }
    page
}

fn got(account: &Account) -> Value {
    let mut told = user(account);
    if let Some(told) = told.as_object_mut()
        && let Some(attributes) = told.remove("Attributes")
    {
        told.insert("UserAttributes".to_owned(), attributes);
    }
    told
}

fn user(account: &Account) -> Value {
    let verified = account.email_verified.to_string();
    let known = [
        ("sub", Some(account.sub.as_str())),
        ("email", Some(account.email.as_str())),
        ("email_verified", Some(verified.as_str())),
        ("name", account.name.as_deref()),
    ];
    let attributes: Vec<Value> = known
        .into_iter()
        .filter_map(|(name, value)| Some(json!({ "Name": name, "Value": value? })))
        .collect();
    json!({
        "Username": account.username,
        "Attributes": attributes,
        "UserCreateDate": account.created_at.as_millis() / 1_000,
        "UserLastModifiedDate": account.changed_at.as_millis() / 1_000,
        "Enabled": true,
        "UserStatus": match account.status {
            Status::Unconfirmed => "UNCONFIRMED",
            Status::Invited => "FORCE_CHANGE_PASSWORD",
            Status::Active => "CONFIRMED",
        },
    })
}

fn failed(error: &DirectoryError, asked: &Asked) -> Answer {
    match error {
        DirectoryError::NoSuchAccount => refused("UserNotFoundException", "User does not exist."),
        DirectoryError::NoSuchGroup => {
            let message = format!("Group {} not found.", asked.group_name);
            refused("ResourceNotFoundException", &message)
        }
        DirectoryError::AccountExists => {
            let message = "An account with the given email already exists.";
            refused("UsernameExistsException", message)
        }
        DirectoryError::NoEmail => {
            refused("InvalidParameterException", "Username should be an email.")
        }
        DirectoryError::NotInvited => {
            let message = "Resend not possible. User status is not FORCE_CHANGE_PASSWORD";
            refused("UnsupportedUserStateException", message)
        }
        DirectoryError::Keep(_) | DirectoryError::Randomness(_) => internal(&error.to_string()),
    }
}

fn refused(name: &str, message: &str) -> Answer {
    Answer::error(400, name, message)
}

fn internal(message: &str) -> Answer {
    Answer::error(500, "InternalErrorException", message)
}
