"""What a picture must hold, asked of the browser: contrast from computed styles, shape beside word, names and roles.

Each script returns a list of sentences, one a fault; an empty list is a page that holds.
"""

from __future__ import annotations

# Contrast of each text against what lies behind it (WCAG 1.4.3): 4.5, or 3 from 24 px, or from 18.66 px in bold. Tints
# are blended over the surface below; text over a picture or a gradient is judged by the surface under it.
CONTRAST = """() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const parse = (colour) => {
    const found = numbers(colour);
    if (/^color\\(srgb/.test(colour)) { return [found[0] * 255, found[1] * 255, found[2] * 255, found[3] ?? 1]; }
    return [found[0], found[1], found[2], found[3] ?? 1];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((one) => one / 255)
      .map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) { layers.push(colour); }
      if (colour[3] === 1) { break; }
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    const unseen = 'script,style,svg,.skip,.sr,[hidden],.scene:not([data-on="1"])';
    if (!text.nodeValue.trim() || node.closest(unseen)) { continue; }
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    if (!box.width || !box.height || style.visibility === 'hidden') { continue; }
    const behind = ground(node), ink = over(parse(style.color), behind);
    const [high, low] = [light(ink), light(behind)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05), size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      const said = text.nodeValue.trim().slice(0, 30);
      faults.push(`${ratio.toFixed(2)} ${node.className} "${said}" ${style.color} ${behind}`);
    }
  }
  return [...new Set(faults)];
}"""

# Every status is a word beside its shape; every tile that shows a number from data says how old they are.
TILES = """() => {
  const faults = [];
  document.querySelectorAll('.kpi').forEach((card) => {
    const name = card.dataset.card, pill = card.querySelector('.pill');
    if (!pill?.querySelector('.shape') || !pill.textContent.trim()) { faults.push(name + ': no shape with a word'); }
    const value = card.querySelector('.k-val').textContent;
    if (!/[—•]/.test(value) && !card.querySelector('.k-age').textContent) { faults.push(name + ': no age'); }
    if (!card.querySelector('.k-owner').textContent) { faults.push(name + ': no owner'); }
  });
  document.querySelectorAll('td.c-status, .count').forEach((cell) => {
    if (!cell.querySelector('.shape') || !cell.textContent.trim()) { faults.push('status: ' + cell.innerHTML); }
  });
  return faults;
}"""

# Names and roles for those who do not see the screen (WCAG 1.1.1, 1.3.1, 2.4.1, 3.1.1, 4.1.2), and targets of 24 px.
NAMES = """() => {
  const faults = [];
  const text = (node) => (node.getAttribute('aria-label') || node.title || node.textContent || '').trim();
  const seen = (node) => node.getBoundingClientRect().width > 0;
  if (!/^(vi|en)$/.test(document.documentElement.lang)) { faults.push('no language'); }
  if (!document.title) { faults.push('no title'); }
  if (document.querySelectorAll('main').length !== 1) { faults.push('not one main'); }
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].forEach((id) => faults.push('id twice: ' + id));
  document.querySelectorAll('img').forEach((node) => node.hasAttribute('alt') || faults.push('img without alt'));
  document.querySelectorAll('a[href], button').forEach((node) => {
    if (seen(node) && !text(node) && node.getAttribute('aria-hidden') !== 'true') {
      faults.push('no name: ' + node.outerHTML.slice(0, 90));
    }
  });
  document.querySelectorAll('.plot').forEach((node) => {
    if (node.getAttribute('role') !== 'img' || !node.getAttribute('aria-label')) { faults.push('plot: ' + node.id); }
  });
  document.querySelectorAll('table').forEach((node) => {
    if (![...node.querySelectorAll('thead th')].every((one) => one.getAttribute('scope') === 'col')) {
      faults.push('table head without scope');
    }
  });
  document.querySelectorAll('.kpi a, .segs a, .menu a, .button, .drawer-close').forEach((node) => {
    const box = node.getBoundingClientRect();
    if (seen(node) && box.height < 23.5) { faults.push(`target ${box.height} px: ` + text(node)); }
  });
  let level = 0;
  document.querySelectorAll('h1, h2, h3').forEach((node) => {
    if (!seen(node) || node.closest('.scene:not([data-on="1"])')) { return; }
    const own = Number(node.tagName[1]);
    if (level === 0 && own !== 1) { faults.push('first heading is ' + node.tagName); }
    level = own;
  });
  return faults;
}"""
