//! Texts that people give: one line, or an email address.

use crm_models::{Code, limits};

use super::error::{AuthError, Result};

/// RFC 5321's bound on a path, less its brackets.
const EMAIL_BYTES: usize = 254;

/// One line of text that may not be empty.
pub(super) fn line(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let rule = if text.is_empty() {
        (Code::MissingField, "may not be empty".to_owned())
    } else if text.len() > limits::NAME_BYTES {
        let most = limits::NAME_BYTES;
        (Code::TooLong, format!("has at most {most} bytes, {} given", text.len()))
    } else if text.chars().any(char::is_control) {
        (Code::InvalidField, "may not contain control characters".to_owned())
    } else {
        return Ok(text.to_owned());
    };
    Err(AuthError::field(rule.0, field, rule.1))
}

/// An email address in lower case. Whether it exists, only a letter to it can tell.
pub(super) fn email(text: &str) -> Result<String> {
    let email = line("email", text)?.to_lowercase();
    if email.len() > EMAIL_BYTES {
        let rule = format!("has at most {EMAIL_BYTES} bytes, {} given", email.len());
        return Err(AuthError::field(Code::TooLong, "email", rule));
    }
    let parts = email.rsplit_once('@');
    let plausible = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if !plausible || email.contains(char::is_whitespace) {
        let rule = "is an email address such as ada@example.com";
        return Err(AuthError::field(Code::InvalidField, "email", rule));
    }
    Ok(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_plausible() {
        assert_eq!(email(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for bad in ["", "ada", "@example.com", "ada@", "a da@example.com", "a\nb@example.com"] {
            assert!(matches!(email(bad), Err(AuthError::Invalid(_))), "{bad:?}");
        }
    }
}
