//! Which PostgreSQL a request means, of those that the machine has.

use service::ServiceError;

/// The version for a wish: none takes the newest, `15` the newest 15, `15.18` exactly that.
pub fn choose(wanted: Option<&str>, installed: &[String]) -> Result<String, ServiceError> {
    // Clients that send every parameter send an empty one for none.
    let wanted = wanted.filter(|wish| !wish.is_empty());
    let fits = |version: &&String| match wanted {
        None => true,
        Some(wish) => {
            *version == wish || version.strip_prefix(wish).is_some_and(|rest| rest.starts_with('.'))
        }
    };
    installed.iter().find(fits).cloned().ok_or_else(|| {
        let wish = wanted.unwrap_or("any");
        ServiceError::client(
            "InvalidParameterCombination",
            format!("Cannot find version {wish} for postgres"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_version_takes_its_newest_and_another_is_refused() {
        let installed = ["16.2".to_owned(), "15.18".to_owned()];
        assert_eq!(choose(None, &installed).unwrap(), "16.2");
        assert_eq!(choose(Some(""), &installed).unwrap(), "16.2");
        assert_eq!(choose(Some("15"), &installed).unwrap(), "15.18");
        assert_eq!(choose(Some("15.18"), &installed).unwrap(), "15.18");
        for missing in ["15.1", "1", "14", "15.180"] {
            assert!(choose(Some(missing), &installed).is_err(), "{missing}");
        }
        assert!(choose(None, &[]).is_err());
    }
}
