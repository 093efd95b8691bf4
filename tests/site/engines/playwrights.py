"""Windows of Chromium and Firefox, by Playwright, with what `webkit.py` has too."""

import shutil

from playwright.sync_api import Error

from book.editions import chromium

FIREFOX = {
    # A mouse, which a Firefox without a screen lacks, and no bar beside what scrolls.
    "ui.primaryPointerCapabilities": 6,
    "ui.allPointerCapabilities": 6,
    "ui.useOverlayScrollbars": 1,
    # Nobody looks: 10 frames per second are enough, and take a quarter less time than 60.
    "layout.frame_rate": 10,
}


class _Window:
    """A window in a browser of its own."""

    def __init__(self, playwright, width, dark=False):
        self.browser = self.launch(playwright, dark)
        self.page = self.browser.new_page(viewport={"width": width, "height": 900})

    def resize(self, width):
        self.page.set_viewport_size({"width": width, "height": 900})

    def open(self, url):
        self.page.goto(url)

    def js(self, script, *arguments):
        asked = f"arguments => {{ {script} }}", list(arguments)
        try:
            return self.page.evaluate(*asked)
        except Error as error:
            if "navigation" not in str(error):
                raise
            # The page has just led to another one, which is asked then.
            self.page.wait_for_load_state()
            return self.page.evaluate(*asked)

    def press(self, *chords):
        for chord in chords:
            self.page.keyboard.press(chord)

    def drag(self, start, across):
        x, y = start
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        if across:
            self.page.mouse.move(x + across / 2, y)
            self.page.mouse.move(x + across, y)
        self.page.mouse.up()

    def close(self):
        self.browser.close()


class Firefox(_Window):
    """Firefox as Debian ships it, over WebDriver BiDi."""

    @staticmethod
    def missing():
        return "" if shutil.which("firefox-esr") else "no firefox-esr (apt-get install firefox-esr)"

    def launch(self, playwright, dark):
        scheme = {"layout.css.prefers-color-scheme.content-override": 0 if dark else 1}
        return playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=shutil.which("firefox-esr"),
            firefox_user_prefs={**FIREFOX, **scheme},
        )


class Chromium(_Window):
    """The browser of all other tests."""

    @staticmethod
    def missing():
        return "" if chromium.path() else chromium.LACKING

    def launch(self, playwright, dark):
        scheme = ["--force-dark-mode"] * dark
        return playwright.chromium.launch(
            executable_path=chromium.path(), args=chromium.FLAGS + scheme
        )
