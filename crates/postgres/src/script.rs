//! The SQL that gives a server its master role.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.MasterAccounts.html>

/// The line a script prints when every statement of it has succeeded.
pub(crate) const DONE: &str = "moat: the script is done";

/// The role that owns the first database. The name is a plain identifier; the password is any text.
pub struct MasterRole<'a> {
    pub name: &'a str,
    pub password: &'a str,
    pub database: Option<&'a str>,
}

/// A script for `psql` that may run any number of times.
pub fn master_script(master: &MasterRole<'_>) -> String {
    let name = literal(master.name);
    let mut script = String::new();
    // A failing statement is logged with its text unless told otherwise; this one holds the password.
    script.push_str("SET log_min_error_statement = panic;\nSET log_statement = 'none';\n");
    script
        .push_str(&unless("pg_roles WHERE rolname = 'rds_superuser'", "'CREATE ROLE rds_superuser NOLOGIN'"));
    script.push_str("GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION;\n");
    script.push_str(&unless(
        &format!("pg_roles WHERE rolname = {name}"),
        &format!("format('CREATE ROLE %I LOGIN CREATEDB CREATEROLE INHERIT IN ROLE rds_superuser', {name})"),
    ));
    script.push_str(&format!(
        "ALTER ROLE {} PASSWORD {};\n",
        identifier(master.name),
        literal(master.password)
    ));
    if let Some(database) = master.database {
        let database = literal(database);
        script.push_str(&unless(
            &format!("pg_database WHERE datname = {database}"),
            &format!("format('CREATE DATABASE %I OWNER %I', {database}, {name})"),
        ));
    }
    script.push_str(&format!("\\echo {DONE}\n"));
    script
}

/// Runs the command that `command` (an SQL expression) evaluates to unless a row exists.
fn unless(exists: &str, command: &str) -> String {
    format!("SELECT {command} WHERE NOT EXISTS (SELECT FROM {exists}) \\gexec\n")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn identifier(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_do_not_end_a_literal() {
        let master = MasterRole { name: "app", password: "it's'; DROP", database: None };
        assert!(master_script(&master).contains("ALTER ROLE \"app\" PASSWORD 'it''s''; DROP';"));
    }
}
