//! The accounts beside the default one, and the access keys of their roots. An account without a
//! root key here does not exist: nobody acts in it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html>

use base::{AccountId, Clock, Ids, Timestamp};
use keyring::Keyring;
use policy::Principal;
use serde::{Deserialize, Serialize};
use service::{Caller, Identity, Secret};
use std::path::Path;
use std::sync::Arc;
use store::{Fault, Snapshot, Store, Tx};
use svc_ec2::state::Vpc;

/// The key that people's set-ups for other emulators already have. It is the root of the default
/// account until that is secured, and works on loopback only.
const DEFAULT_KEY: &str = "test";
const DEFAULT_SECRET: &str = "test";
/// The key with which commands of the data directory's owner call the daemon; new at each start.
const CONSOLE_KEY: &str = "moat";
/// AWS Organizations begins with ten accounts and grants more on request; this many bound the list.
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
const ACCOUNTS: usize = 100;
/// How often a free account id is looked for; there are 10^12 of them.
const DRAWS: usize = 8;
/// Tables that tell what happened in an account, or hold what moat made by itself there: an account
/// that has nothing else is empty.
const RECORDS: [&str; 9] = [
    "access_job",
    "access_service_use",
    "ec2_default_vpc_given",
    "iam_deletion_task",
    "lambda.discarded",
    "lambda.release",
    "logs_removed_stream",
    "rds_endpoint_suffix",
    RootKey::NAME,
];

/// The rows of a default VPC as it was given; a region has at most six zones with a subnet each.
const DEFAULT_VPC: [(&str, usize); 8] = [
    ("ec2_vpc", 1),
    ("ec2_subnet", 6),
    ("ec2_route_table", 1),
    ("ec2_network_acl", 1),
    ("ec2_security_group", 1),
    ("ec2_security_group_rule", 2),
    ("ec2_internet_gateway", 1),
    ("ec2_dhcp_options", 1),
];

/// The access key of an account's root.
#[derive(Serialize, Deserialize)]
struct RootKey {
    account: AccountId,
    id: String,
    /// The secret, sealed under [`RootKey::context`], in hexadecimal.
    sealed: String,
    created: Timestamp,
}

impl RootKey {
    const NAME: &'static str = "server_root_key";

    fn context(id: &str) -> Vec<u8> {
        format!("server:root-key:{id}").into_bytes()
    }
}

impl store::Table for RootKey {
    const NAME: &'static str = RootKey::NAME;
    fn key(&self) -> String {
        format!("{}/", self.account)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("account `{0}` is there already")]
    Exists(AccountId),
    #[error("there is no account `{0}`")]
    Unknown(AccountId),
    #[error("account `{0}` is the default one, which cannot be removed")]
    IsDefault(AccountId),
    #[error("account `{account}` still holds {held}: delete that first")]
    Holds { account: AccountId, held: String },
    #[error("there are {ACCOUNTS} accounts already, which is the most")]
    TooMany,
    #[error("the secret of the new key cannot be sealed")]
    Seal,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A new root key. The only time that its secret is seen.
#[derive(Serialize)]
pub struct Issued {
    account: AccountId,
    access_key_id: String,
    secret_access_key: String,
}

/// One account, as a list shows it.
#[derive(Serialize)]
pub struct Listed {
    account: AccountId,
    root_access_key_id: String,
    created: Option<String>,
    rows: usize,
}

pub struct Accounts {
    store: Store,
    keyring: Keyring,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    console_secret: Secret,
}

impl Accounts {
    pub fn new(store: Store, keyring: Keyring, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        let console_secret = Secret::new(svc_iam::new_secret(ids.as_ref()));
        Self { store, keyring, clock, ids, console_secret }
    }

    /// Leaves the console's key in a file that only the data directory's owner reads.
    pub fn write_console_key(&self, path: &Path) -> std::io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        // A moat that was killed left its own behind.
        let _ = std::fs::remove_file(path);
        let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{CONSOLE_KEY} {}", self.console_secret.expose())
    }

    /// Whether the default account's root has a key of its own instead of the one that everybody knows.
    pub fn is_secured(&self) -> Result<bool, Fault> {
        Ok(root_key(&self.store.read(), &AccountId::default())?.is_some())
    }

    /// Whether anybody can act in this account.
    pub fn exists(&self, account: &AccountId) -> Result<bool, Fault> {
        Ok(*account == AccountId::default() || root_key(&self.store.read(), account)?.is_some())
    }

    /// The root whose key this is; none when it is nobody's root's.
    pub fn identify(&self, access_key_id: &str) -> Result<Option<Identity>, Fault> {
        let default = AccountId::default();
        if access_key_id == CONSOLE_KEY {
            return Ok(Some(root(default, access_key_id, self.console_secret.clone())));
        }
        if access_key_id == DEFAULT_KEY {
            let secured = self.is_secured()?;
            return Ok((!secured).then(|| root(default, access_key_id, Secret::new(DEFAULT_SECRET))));
        }
        let Some(account) = svc_iam::account_of_key(access_key_id) else { return Ok(None) };
        let stored = root_key(&self.store.read(), &account)?.filter(|key| key.id == access_key_id);
        stored.map(|key| Ok(root(account, access_key_id, self.open(&key)?))).transpose()
    }

    /// Adds an account; without an id, one that is free.
    pub async fn add(&self, wanted: Option<AccountId>) -> Result<Issued, AccountError> {
        let issued = self.issue(match wanted {
            Some(account) => account,
            None => self.free()?,
        });
        let row = self.seal(&issued)?;
        self.store
            .write(|tx| {
                if issued.account == AccountId::default() || has_root(tx, &issued.account)? {
                    return Err(AccountError::Exists(issued.account.clone()));
                }
                if tx.scan::<RootKey>("")?.len() >= ACCOUNTS {
                    return Err(AccountError::TooMany);
                }
                Ok(tx.put(&row)?)
            })
            .await?;
        Ok(issued)
    }

    /// Gives the root of an account a new key; the one before, `test` too, works no more.
    pub async fn secure(&self, account: AccountId) -> Result<Issued, AccountError> {
        let issued = self.issue(account);
        let row = self.seal(&issued)?;
        self.store
            .write(|tx| {
                if issued.account != AccountId::default() && !has_root(tx, &issued.account)? {
                    return Err(AccountError::Unknown(issued.account.clone()));
                }
                Ok(tx.put(&row)?)
            })
            .await?;
        Ok(issued)
    }

    /// Removes an account that holds nothing. Sessions of its root end with it.
    pub async fn remove(&self, account: AccountId) -> Result<(), AccountError> {
        if account == AccountId::default() {
            return Err(AccountError::IsDefault(account));
        }
        self.store
            .write(|tx| {
                let held = held(&tx.snapshot(), &account)?;
                if !has_root(tx, &account)? {
                    return Err(AccountError::Unknown(account.clone()));
                }
                if !held.is_empty() {
                    let held: Vec<String> = held.iter().map(|(table, n)| format!("{n} {table}")).collect();
                    return Err(AccountError::Holds { account: account.clone(), held: held.join(", ") });
                }
                // The key, and what tells of the account's past.
                tx.clear(&format!("{account}/"));
                Ok(())
            })
            .await
    }

    /// Every account, the default one first.
    pub fn list(&self) -> Result<Vec<Listed>, Fault> {
        let state = self.store.read();
        let rows = |account: &AccountId| Ok(held(&state, account)?.iter().map(|(_, n)| n).sum());
        let listed = |key: &RootKey| {
            Ok(Listed {
                account: key.account.clone(),
                root_access_key_id: key.id.clone(),
                created: Some(key.created.iso8601()),
                rows: rows(&key.account)?,
            })
        };
        let keys = state.scan::<RootKey>("")?;
        let mut accounts = Vec::new();
        if !self.is_secured()? {
            let account = AccountId::default();
            let rows = rows(&account)?;
            accounts.push(Listed {
                account,
                root_access_key_id: DEFAULT_KEY.to_owned(),
                created: None,
                rows,
            });
        }
        let others: Result<Vec<Listed>, Fault> = keys.iter().map(|key| listed(key)).collect();
        accounts.extend(others?);
        Ok(accounts)
    }

    fn free(&self) -> Result<AccountId, AccountError> {
        let state = self.store.read();
        for _ in 0..DRAWS {
            let number = self.ids.pick(1, b"123456789") + &self.ids.pick(11, b"0123456789");
            if let Ok(account) = number.parse::<AccountId>()
                && root_key(&state, &account)?.is_none()
            {
                return Ok(account);
            }
        }
        Err(AccountError::TooMany)
    }

    fn issue(&self, account: AccountId) -> Issued {
        let access_key_id = svc_iam::new_key_id(self.ids.as_ref(), "AKIA", &account);
        Issued { account, access_key_id, secret_access_key: svc_iam::new_secret(self.ids.as_ref()) }
    }

    fn seal(&self, issued: &Issued) -> Result<RootKey, AccountError> {
        let context = RootKey::context(&issued.access_key_id);
        let sealed = self.keyring.seal(&context, issued.secret_access_key.as_bytes());
        Ok(RootKey {
            account: issued.account.clone(),
            id: issued.access_key_id.clone(),
            sealed: hex::encode(sealed.map_err(|_| AccountError::Seal)?),
            created: self.clock.now(),
        })
    }

    fn open(&self, key: &RootKey) -> Result<Secret, Fault> {
        let opened = hex::decode(&key.sealed)
            .ok()
            .and_then(|sealed| self.keyring.open(&RootKey::context(&key.id), &sealed).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        opened.map(Secret::new).ok_or_else(|| Fault::Decode {
            table: RootKey::NAME,
            key: key.id.clone(),
            reason: "the secret cannot be opened".to_owned(),
        })
    }
}

fn root_key(state: &Snapshot, account: &AccountId) -> Result<Option<Arc<RootKey>>, Fault> {
    state.get::<RootKey>(&format!("{account}/"))
}

fn has_root(tx: &Tx, account: &AccountId) -> Result<bool, Fault> {
    Ok(tx.get::<RootKey>(&format!("{account}/"))?.is_some())
}

/// What is stored for the account, by table, without what only tells of the past and the default VPCs
/// that its regions began with.
fn held(state: &Snapshot, account: &AccountId) -> Result<Vec<(String, usize)>, Fault> {
    let prefix = format!("{account}/");
    let vpcs = state.scan::<Vpc>(&prefix)?.iter().filter(|vpc| vpc.is_default).count();
    let mut held = state.counts(&prefix);
    for (table, rows) in &mut held {
        let given = DEFAULT_VPC.iter().find(|(name, _)| name == table).map_or(0, |(_, rows)| rows * vpcs);
        *rows = rows.saturating_sub(given);
    }
    held.retain(|(table, rows)| *rows > 0 && !RECORDS.contains(&table.as_str()));
    Ok(held)
}

fn root(account: AccountId, access_key_id: &str, secret: Secret) -> Identity {
    let caller = Caller {
        principal: Principal::Root { account: account.clone() },
        account,
        access_key_id: access_key_id.to_owned(),
        session_policies: Vec::new(),
        session_started: None,
        session_facts: Default::default(),
    };
    Identity { caller, secret }
}
