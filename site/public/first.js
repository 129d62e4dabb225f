// Before anything is drawn: the theme that was chosen, or that of the system.
const chosen = localStorage.getItem('vitepress-theme-appearance') ?? 'auto';
const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.classList.toggle('dark', chosen === 'auto' ? isDark : chosen === 'dark');
document.documentElement.classList.toggle('mac', /Mac|iPhone|iPod|iPad/i.test(navigator.platform));
