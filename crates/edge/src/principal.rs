//! Who calls: tenant, rights and actor, from the claims of the access token only.

use crate::rights::{OWN_WORKSPACE, Right, rights_of};
use crate::{Kind, Problem};
use std::collections::HashMap;
use std::hash::BuildHasher;
use vocabulary::{Actor, ActorId, ActorKind, ActorName, Personal, Tenant};

/// Who calls.
#[derive(Debug, Clone)]
pub struct Principal {
    /// Whose data the caller works on.
    pub tenant: Tenant,
    /// The caller, as commits name them.
    pub actor: Actor,
    rights: Vec<Right>,
}

impl Principal {
    /// Whether the caller may do this.
    pub fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// What the caller may do, besides what every signed-in person may.
    pub fn rights(&self) -> impl Iterator<Item = Right> {
        let granted = self.rights.iter().copied();
        granted.filter(|right| !matches!(right, Right::Open | Right::SignedIn))
    }
}

/// The principal that the gateway's authorizer vouches for.
///
/// The gateway has checked signature, issuer, client and times; here it is made sure that the token
/// is an access token and what it allows. `cognito:groups` has API Gateway's wire form: `"[a b]"`.
///
/// # Errors
/// [`Problem`]: 401 without claims or for another kind of token; 403 for two tenants.
pub fn principal<S: BuildHasher>(
    claims: Option<&HashMap<String, String, S>>,
) -> Result<Principal, Problem> {
    let unauthorized = || Problem::new(Kind::Unauthorized).header("www-authenticate", "Bearer");
    let claims = claims.ok_or_else(unauthorized)?;
    let claim = |name: &str| claims.get(name).map(String::as_str);
    if claim("token_use") != Some("access") {
        return Err(unauthorized().detail("only access tokens are taken"));
    }
    let sub = claim("sub").and_then(|sub| ActorId::parse(sub).ok()).ok_or_else(unauthorized)?;
    let groups = groups(claim("cognito:groups").unwrap_or_default());
    let (tenant, rights) = tenant_and_rights(&sub, &groups)?;
    let name = claim("username")
        .filter(|name| *name != sub.as_str() && name.chars().count() <= 100)
        .map(|name| Personal::Known(ActorName(name.to_owned())));
    let actor = Actor { kind: ActorKind::AppUser, id: sub, name, on_behalf_of: None };
    Ok(Principal { tenant, actor, rights })
}

fn groups(claim: &str) -> Vec<&str> {
    let inside = claim.trim().trim_start_matches('[').trim_end_matches(']');
    inside.split([' ', ',']).filter(|group| !group.is_empty()).collect()
}

fn tenant_and_rights(sub: &ActorId, groups: &[&str]) -> Result<(Tenant, Vec<Right>), Problem> {
    let tenants: Vec<&str> =
        groups.iter().filter_map(|group| group.strip_prefix("tenant-")).collect();
    match tenants.as_slice() {
        [] => {
            let rights = [&[Right::Open, Right::SignedIn], OWN_WORKSPACE].concat();
            Ok((Tenant::of_person(sub), rights))
        }
        [name] => {
            let tenant = Tenant::of_organisation(name)
                .map_err(|_invalid| forbidden("your workspace's group has no valid name"))?;
            Ok((tenant, rights_of(groups.iter().copied())))
        }
        [_, _, ..] => Err(forbidden("you belong to more than one workspace")),
    }
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(Kind::Forbidden).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(groups: &str) -> HashMap<String, String> {
        let claims = [("sub", "s1"), ("token_use", "access"), ("cognito:groups", groups)];
        claims.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn the_tenant_is_the_users_one_group() {
        let caller = principal(Some(&claims("[editors tenant-demo]"))).unwrap();
        assert_eq!(caller.tenant.as_str(), "t.demo");
        assert!(caller.may(Right::Write) && !caller.may(Right::Audit));
    }

    #[test]
    fn two_tenants_are_refused() {
        let problem = principal(Some(&claims("[tenant-a tenant-b]"))).unwrap_err();
        assert_eq!(problem.kind(), Kind::Forbidden);
    }

    #[test]
    fn without_a_tenant_one_works_in_ones_own_workspace() {
        let caller = principal(Some(&claims("[admins]"))).unwrap();
        assert_eq!(caller.tenant.as_str(), "u.s1");
        assert!(caller.may(Right::Write) && !caller.may(Right::Operate));
    }

    #[test]
    fn only_access_tokens_are_taken() {
        let mut id_token = claims("[admins tenant-demo]");
        id_token.insert("token_use".to_owned(), "id".to_owned());
        assert_eq!(principal(Some(&id_token)).unwrap_err().kind(), Kind::Unauthorized);
        assert_eq!(
            principal::<std::hash::RandomState>(None).unwrap_err().kind(),
            Kind::Unauthorized
        );
    }
}
