// @ts-check
/**
 * What pages do beside being pages: copy, search as one types, look whether something came, and the
 * palette. Each page is whole without it. HTML is never made from text: what comes from the server is
 * read as a document, and its nodes are moved.
 */

/** @param {string} address @returns {Promise<Document>} */
const page = (address) => new Promise((done, failed) => {
  const request = new XMLHttpRequest();
  request.open('GET', address);
  request.responseType = 'document';
  request.timeout = 15_000;
  request.onload = () => (request.status === 200 && request.responseXML ? done(request.responseXML) : failed(request.status));
  request.onerror = request.ontimeout = () => failed(0);
  request.send();
});

/**
 * Puts an element of another document in the place of the one with its id.
 * @param {Document} from @param {string} id
 */
const swap = (from, id) => {
  const [fresh, old] = [from.getElementById(id), document.getElementById(id)];
  if (fresh && old) old.replaceWith(document.importNode(fresh, true));
};

/** Buttons that copy what stands in an element. */
const copying = () => {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    if (!(button instanceof HTMLButtonElement) || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      const text = document.getElementById(button.dataset.copy ?? '')?.textContent ?? '';
      await navigator.clipboard.writeText(text);
      button.dataset.done = '';
      setTimeout(() => delete button.dataset.done, 2_000);
    });
  }
};

/** A form whose list follows what is typed. */
const searching = () => {
  for (const form of document.querySelectorAll('form[data-live]')) {
    if (!(form instanceof HTMLFormElement)) continue;
    let waiting = 0;
    let latest = 0;
    const look = async () => {
      const asked = ++latest;
      const fields = [...new FormData(form)].filter(([, value]) => value !== '');
      const query = new URLSearchParams(fields.map(([name, value]) => [name, String(value)]));
      const address = form.action + (query.size ? `?${query}` : '');
      const list = document.getElementById(form.dataset.live ?? '');
      list?.setAttribute('aria-busy', 'true');
      try {
        const found = await page(address);
        // A slower answer to what was typed before comes too late.
        if (asked !== latest) return;
        swap(found, form.dataset.live ?? '');
        history.replaceState(null, '', address);
      } catch {
        list?.removeAttribute('aria-busy');
      }
    };
    form.addEventListener('input', () => {
      clearTimeout(waiting);
      waiting = setTimeout(look, 180);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(waiting);
      look();
    });
  }
};

/** What waits for something to come looks again, and turns when it is there. */
const polling = () => {
  const waits = () => document.querySelector('[data-poll] .pulse.wait');
  if (!waits()) return;
  const look = async () => {
    try {
      const fresh = await page('/connect');
      if (!fresh.querySelector('[data-poll] .pulse.wait')) return swap(fresh, 'arrived');
    } catch { /* The next look may find the collector back. */ }
    setTimeout(look, 2_000);
  };
  setTimeout(look, 2_000);
};

/** The zone of the browser, where the form still has the one that it begins with. */
const zone = () => {
  const field = document.querySelector('input[data-zone]');
  if (field instanceof HTMLInputElement && field.value === field.defaultValue) {
    field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
  }
};

/** Ctrl+K or /: pages by name, and customers by what they are called. */
const palette = () => {
  const dialog = document.getElementById('palette');
  const field = document.getElementById('palette-field');
  const list = document.getElementById('palette-list');
  if (!(dialog instanceof HTMLDialogElement) || !(field instanceof HTMLInputElement) || !list) return;
  const pages = [...document.querySelectorAll('.side .nav a')].filter((link) => link instanceof HTMLAnchorElement);
  let latest = 0;
  let chosen = 0;
  /** @param {string} text @param {string} href @param {string} about */
  const item = (text, href, about) => {
    const link = document.createElement('a');
    link.href = href;
    link.role = 'option';
    link.id = `palette-${list.childElementCount}`;
    const name = document.createElement('bdi');
    name.textContent = text;
    const note = document.createElement('span');
    note.textContent = about;
    link.append(name, note);
    list.append(link);
  };
  const mark = () => {
    const links = [...list.children];
    chosen = Math.max(0, Math.min(chosen, links.length - 1));
    links.forEach((link, place) => link.setAttribute('aria-selected', String(place === chosen)));
    const at = links[chosen];
    field.setAttribute('aria-activedescendant', at?.id ?? '');
    at?.scrollIntoView({ block: 'nearest' });
  };
  const fill = async () => {
    const asked = ++latest;
    const typed = field.value.trim();
    list.replaceChildren();
    chosen = 0;
    for (const link of pages) {
      const text = link.textContent?.trim() ?? '';
      if (text.toLowerCase().includes(typed.toLowerCase())) item(text, link.href, '');
    }
    mark();
    if (typed.length < 2) return;
    try {
      const found = await page(`/customers?q=${encodeURIComponent(typed)}`);
      if (asked !== latest) return;
      for (const row of [...found.querySelectorAll('#list td.who')].slice(0, 8)) {
        const link = row.querySelector('a');
        if (link) item(link.textContent ?? '', link.getAttribute('href') ?? '', row.querySelector('.sub')?.textContent ?? '');
      }
      mark();
    } catch { /* What is there by name stays. */ }
  };
  const open = () => {
    field.value = '';
    fill();
    dialog.showModal();
  };
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
    if ((event.key === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !typing)) {
      event.preventDefault();
      if (!dialog.open) open();
    }
  });
  document.querySelector('[data-palette]')?.addEventListener('click', (event) => {
    event.preventDefault();
    open();
  });
  let waiting = 0;
  field.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(fill, 120);
  });
  field.addEventListener('keydown', (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      chosen += steps[/** @type {'ArrowDown'} */ (event.key)];
      mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      const link = list.children[chosen];
      if (link instanceof HTMLAnchorElement) location.href = link.href;
    }
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
};

copying();
searching();
polling();
zone();
palette();
