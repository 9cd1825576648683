'use strict';

// The way in. The key goes to this origin's own storage, where no other port of this machine finds it.
{
  const key = document.querySelector('meta[name="csm-key"]').content;
  const say = text => { document.getElementById('word').textContent = text; };
  const isAdmitted = /^[0-9a-f]{64}$/.test(key);
  if (isAdmitted) localStorage.setItem('csm-key', key);
  if (isAdmitted || (key === 'used' && localStorage.getItem('csm-key'))) {
    location.replace('/');
  } else if (key === 'used') {
    say('This address was used before, and is good for one browser only. “csm-web address” prints another one.');
  } else {
    localStorage.removeItem('csm-key');
    say('This browser is not known here. “csm-web address”, on the machine where csm runs, prints the address to open.');
  }
}
