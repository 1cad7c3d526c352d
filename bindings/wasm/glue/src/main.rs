//! Makes the JavaScript that loads the WebAssembly and speaks with it, and a WebAssembly that
//! fits it: `crm-wasm-glue IN.wasm FOLDER`.

use std::env::args_os;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = args_os().skip(1);
    let (Some(input), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("give a WebAssembly file and a folder".into());
    };
    let mut glue = Bindgen::new();
    glue.web(true)?;
    // The types are written by hand: those of the host's calls, not of the glue.
    glue.typescript(false).omit_default_module_path(true).out_name("core");
    glue.input_path(input).generate(folder)?;
    Ok(())
}
