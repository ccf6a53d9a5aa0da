"""The launch kit: posters, cards, banners and texts made from what the programme really promises."""
