'use strict';
for (const box of document.querySelectorAll('input[type=search]')) {
  const items = document.getElementById(box.dataset.list).children;
  box.hidden = false;
  box.addEventListener('input', () => {
    const wanted = box.value.toLowerCase();
    for (const item of items) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    }
  });
}
for (const text of document.querySelectorAll('pre')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected: copy it with Ctrl-C';
    }
  });
  text.before(button);
}
const show = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target && target.tabIndex === -1) {
    target.focus({preventScroll: true});
  }
};
addEventListener('hashchange', show);
