"""`python -m ocr_assets`, the same as `ocr-assets`."""

from ocr_assets.cli.main import main

if __name__ == "__main__":
    main()
