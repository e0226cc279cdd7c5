//! The directory of people and their groups: Cognito's user pool, in words of ours.
//!
//! Every call is counted and bounded by the SDK's standard retries (three tries, throttling
//! included); lists are read to their last page. Adding, removing and signing out are the same done
//! twice.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::http::HttpResponse;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, DeliveryMediumType, MessageActionType, UserStatusType, UserType,
};
use std::collections::BTreeSet;
use std::error::Error;

/// The most items of one page (API reference, `ListUsersInGroup` and `AdminListGroupsForUser`,
/// `Limit`, read 2026-11-24).
const PAGE: i32 = 60;
/// Error codes after which the same call may succeed (API reference, "Common Errors" and the
/// operations' own, read 2026-11-24).
const PASSING: &[&str] = &[
    "TooManyRequestsException",
    "LimitExceededException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "InternalErrorException",
    "InternalFailure",
    "ServiceUnavailable",
    "ExpiredTokenException",
    "RequestTimeout",
];
/// There is no such person.
const NOBODY: &str = "UserNotFoundException";

/// A user pool and the client that reaches it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory {
    client: Client,
    pool: String,
}

/// Somebody who can sign in, or soon will.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) username: String,
    /// The `sub` of their tokens, which is the id of their record.
    pub(crate) sub: String,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) standing: Standing,
}

/// How far somebody has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Signed up, and has not shown that the address is theirs.
    Unconfirmed,
    /// Was invited and has not signed in yet.
    Invited,
    /// Can sign in.
    Active,
    /// May not sign in.
    Disabled,
}

/// What became of making an account.
#[derive(Debug)]
pub(crate) enum Made {
    /// It is there now, and the person was sent an invitation.
    New(Account),
    /// Somebody has that address already.
    Known,
    /// The directory is stricter than we are: no invitation can be sent there.
    Refused,
}

/// A call to the directory failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    /// Throttled, timed out, cut off or a failure on the other side: the same call may succeed
    /// later. Whether it was carried out is not known.
    #[error("{attempt} did not get through")]
    Busy {
        attempt: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The directory refuses this call, and would again.
    #[error("{attempt} was refused")]
    Refused {
        attempt: &'static str,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The person is not in the directory any more.
    #[error("{attempt} found nobody")]
    Nobody { attempt: &'static str },
    /// An account without the attributes that every account has.
    #[error("{attempt} brought an account without a `sub`")]
    Unreadable { attempt: &'static str },
}

impl DirectoryError {
    fn of<E>(attempt: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        if code == Some(NOBODY) {
            return Self::Nobody { attempt };
        }
        let refused = match error.as_service_error() {
            Some(_) => {
                let failed_there =
                    error.raw_response().is_some_and(|answer| answer.status().is_server_error());
                !failed_there && !code.is_some_and(|code| PASSING.contains(&code))
            }
            None => matches!(error, SdkError::ConstructionFailure(_)),
        };
        let source = Box::new(error);
        if refused { Self::Refused { attempt, source } } else { Self::Busy { attempt, source } }
    }
}

impl Directory {
    /// Binds a client to a user pool, whose people sign in with their e-mail address.
    pub fn new(client: Client, pool: String) -> Self {
        Self { client, pool }
    }

    /// The account of that username, `sub` or e-mail address.
    pub(crate) async fn account(&self, name: &str) -> Result<Option<Account>, DirectoryError> {
        const ATTEMPT: &str = "looking somebody up";
        let asked = self.client.admin_get_user().user_pool_id(&self.pool).username(name);
        let found = match asked.send().await.map_err(|error| DirectoryError::of(ATTEMPT, error)) {
            Ok(found) => found,
            Err(DirectoryError::Nobody { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let standing = Standing::of(found.enabled(), found.user_status());
        account(ATTEMPT, found.username(), found.user_attributes(), standing).map(Some)
    }

    /// Makes an account without any group, and sends the person an invitation.
    pub(crate) async fn create(
        &self,
        email: &str,
        name: Option<&str>,
    ) -> Result<Made, DirectoryError> {
        const ATTEMPT: &str = "making an account";
        let attributes = [("email", Some(email)), ("email_verified", Some("true")), ("name", name)];
        let attributes = attributes.into_iter().filter_map(|(key, value)| attribute(key, value?));
        let answer = self
            .client
            .admin_create_user()
            .user_pool_id(&self.pool)
            .username(email)
            .set_user_attributes(Some(attributes.collect()))
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .send()
            .await;
        let made = match answer {
            Ok(made) => made,
            Err(error) if is_taken(&error) => return Ok(Made::Known),
            Err(error) if is_refused(&error) => return Ok(Made::Refused),
            Err(error) => return Err(DirectoryError::of(ATTEMPT, error)),
        };
        made.user().map_or(Err(DirectoryError::Unreadable { attempt: ATTEMPT }), |user| {
            listed(ATTEMPT, user).map(Made::New)
        })
    }

    /// Sends another invitation to somebody who was invited and has not come.
    pub(crate) async fn remind(&self, account: &Account) -> Result<(), DirectoryError> {
        self.client
            .admin_create_user()
            .user_pool_id(&self.pool)
            .username(account.email.as_deref().unwrap_or(&account.username))
            .message_action(MessageActionType::Resend)
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .send()
            .await
            .map(drop)
            .map_err(|error| DirectoryError::of("inviting somebody again", error))
    }

    /// All groups of somebody, by name.
    pub(crate) async fn groups(
        &self,
        account: &Account,
    ) -> Result<BTreeSet<String>, DirectoryError> {
        let mut groups = BTreeSet::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .admin_list_groups_for_user()
                .user_pool_id(&self.pool)
                .username(&account.username)
                .limit(PAGE)
                .set_next_token(next)
                .send()
                .await
                .map_err(|error| DirectoryError::of("reading somebody's groups", error))?;
            let names = page.groups().iter().filter_map(|group| group.group_name());
            groups.extend(names.map(str::to_owned));
            next = page.next_token;
            if next.is_none() {
                return Ok(groups);
            }
        }
    }

    /// Everybody in a group.
    pub(crate) async fn members(&self, group: &str) -> Result<Vec<Account>, DirectoryError> {
        const ATTEMPT: &str = "reading a group's members";
        let mut members = Vec::new();
        let mut next = None;
        loop {
            let page = self
                .client
                .list_users_in_group()
                .user_pool_id(&self.pool)
                .group_name(group)
                .limit(PAGE)
                .set_next_token(next)
                .send()
                .await
                .map_err(|error| DirectoryError::of(ATTEMPT, error))?;
            for user in page.users() {
                members.push(listed(ATTEMPT, user)?);
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(members);
            }
        }
    }

    /// Puts somebody into a group. Tokens that they get from then on say so.
    pub(crate) async fn add(&self, account: &Account, group: &str) -> Result<(), DirectoryError> {
        self.client
            .admin_add_user_to_group()
            .user_pool_id(&self.pool)
            .username(&account.username)
            .group_name(group)
            .send()
            .await
            .map(drop)
            .map_err(|error| DirectoryError::of("putting somebody into a group", error))
    }

    /// Takes somebody out of a group. Access tokens that they have say otherwise until they expire.
    pub(crate) async fn remove(
        &self,
        account: &Account,
        group: &str,
    ) -> Result<(), DirectoryError> {
        self.client
            .admin_remove_user_from_group()
            .user_pool_id(&self.pool)
            .username(&account.username)
            .group_name(group)
            .send()
            .await
            .map(drop)
            .map_err(|error| DirectoryError::of("taking somebody out of a group", error))
    }

    /// Signs somebody out everywhere: their refresh tokens count no more.
    pub(crate) async fn sign_out(&self, account: &Account) -> Result<(), DirectoryError> {
        self.client
            .admin_user_global_sign_out()
            .user_pool_id(&self.pool)
            .username(&account.username)
            .send()
            .await
            .map(drop)
            .map_err(|error| DirectoryError::of("signing somebody out", error))
    }
}

impl Account {
    /// Whether they have come, and may.
    pub(crate) fn can_sign_in(&self) -> bool {
        self.standing == Standing::Active
    }
}

impl Standing {
    fn of(enabled: bool, status: Option<&UserStatusType>) -> Self {
        match status {
            _ if !enabled => Self::Disabled,
            Some(UserStatusType::Unconfirmed) => Self::Unconfirmed,
            Some(UserStatusType::ForceChangePassword) => Self::Invited,
            // Everything else that may sign in, be it after a reset or through another provider.
            Some(_) | None => Self::Active,
        }
    }

    /// As the API tells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unconfirmed | Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

fn is_taken<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    matches!(code, Some("UsernameExistsException" | "AliasExistsException"))
}

/// What Cognito says of an address that is none to it.
fn is_refused<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code == Some("InvalidParameterException")
}

fn attribute(name: &str, value: &str) -> Option<AttributeType> {
    // An attribute always has a name, which is all that the builder asks for.
    AttributeType::builder().name(name).value(value).build().ok()
}

fn listed(attempt: &'static str, user: &UserType) -> Result<Account, DirectoryError> {
    let standing = Standing::of(user.enabled(), user.user_status());
    account(attempt, user.username().unwrap_or_default(), user.attributes(), standing)
}

fn account(
    attempt: &'static str,
    username: &str,
    attributes: &[AttributeType],
    standing: Standing,
) -> Result<Account, DirectoryError> {
    let value = |name: &str| {
        let found = attributes.iter().find(|attribute| attribute.name() == name);
        found.and_then(AttributeType::value).map(str::to_owned).filter(|value| !value.is_empty())
    };
    let sub = value("sub").ok_or(DirectoryError::Unreadable { attempt })?;
    let (email, name) = (value("email"), value("name"));
    Ok(Account { username: username.to_owned(), sub, email, name, standing })
}
