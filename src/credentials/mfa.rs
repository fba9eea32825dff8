//! The code of an MFA device, for a role whose trust policy requires MFA and for MFA delete.
//!
//! The program asks for the code on the terminal. There is no option for the code, because a command line is
//! visible to every user of the machine.

use crate::context::Context;
use zeroize::Zeroizing;

/// Asks for the code of the device with this serial number or ARN. `otherwise` completes the advice if there is
/// no terminal.
///
/// # Errors
/// Fails if there is no terminal, or if the user types a text that is not a code of six digits.
pub(crate) fn ask(
    context: &Context,
    serial: &str,
    otherwise: &str,
) -> Result<Zeroizing<String>, String> {
    let shown: String = serial.chars().filter(|c| !c.is_control()).collect();
    let question = format!("Enter MFA code for {shown}: ");
    let code = context.ask_on_terminal(&question);
    let code = code
        .map_err(|error| format!("the code of the MFA device {shown} cannot be read: {error}"))?
        .ok_or_else(|| {
            format!(
                "a code from the MFA device {shown} is needed, and there is no terminal to ask for it: run this command in a terminal{otherwise}"
            )
        })?;
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the answer is not an MFA code, which has six digits".to_owned());
    }
    Ok(code)
}
