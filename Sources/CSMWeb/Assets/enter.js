'use strict';

// Stores the key in this origin's storage, which no other port of this machine can read, and opens the page.
{
  const key = document.querySelector('meta[name="csm-key"]').content;
  const say = text => { document.getElementById('word').textContent = text; };
  const isAdmitted = /^[0-9a-f]{64}$/.test(key);
  if (isAdmitted) localStorage.setItem('csm-key', key);
  if (isAdmitted || (key === 'used' && localStorage.getItem('csm-key'))) {
    location.replace('/');
  } else if (key === 'used') {
    say('This address has been used, and each is good for one browser only. “csm-web address” prints another one.');
  } else {
    localStorage.removeItem('csm-key');
    say('This browser is not known. Run “csm-web address” on the machine where csm runs, and open the address that it prints.');
  }
}
