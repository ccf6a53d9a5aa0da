"""The addresses of the members' room. No language in the path: it is the reader's, not the page's."""

from django.urls import include, path

from loyalty_site.portal import (
    card,
    doors,
    friends,
    goodbye,
    here,
    history,
    home,
    inbox,
    leaving,
    plans,
    profile,
    proving,
    rewards,
    terms,
    theme,
)

app_name = "portal"

at_a_merchant = [
    path("", home.page, name="home"),
    path("sign-in/", doors.sign_in, name="sign-in"),
    path("code/", doors.code, name="code"),
    path("is-this-you/", doors.is_this_you, name="is-this-you"),
    path("join/", doors.join_page, name="join"),
    path("sign-out/", doors.sign_out, name="sign-out"),
    path("language/", doors.language, name="language"),
    path("card/", card.page, name="card"),
    path("rewards/", rewards.catalogue, name="rewards"),
    path("rewards/points/", rewards.points, name="redeem-points"),
    path("rewards/<slug:code>/", rewards.reward, name="redeem-reward"),
    path("codes/<int:pk>/", rewards.code, name="redemption"),
    path("codes/<int:pk>/use/", rewards.use, name="redemption-use"),
    path("codes/<int:pk>/cancel/", rewards.cancel, name="redemption-cancel"),
    path("history/", history.listing, name="history"),
    path("points/", history.points, name="points"),
    path("history/<int:pk>/", history.entry, name="history-entry"),
    path("inbox/", inbox.listing, name="inbox"),
    path("inbox/read/", inbox.read_all, name="inbox-read-all"),
    path("inbox/<int:pk>/read/", inbox.read_one, name="inbox-read"),
    path("unsubscribe/<str:token>/", leaving.page, name="unsubscribe"),
    path("profile/", profile.page, name="profile"),
    path("profile/email/", profile.email, name="profile-email"),
    path("profile/email/confirm/", profile.email_confirm, name="profile-email-confirm"),
    path("profile/messages/", profile.consent, name="profile-consent"),
    path("profile/walaa.json", profile.export_json, name="export-json"),
    path("profile/walaa.csv", profile.export_csv, name="export-csv"),
    path("friends/", friends.page, name="friends"),
    path("here/<str:token>/", here.page, name="here"),
    path("profile/prove/", proving.page, name="prove"),
    path("profile/delete/", goodbye.page, name="goodbye"),
    path("plan/", plans.page, name="plan"),
    path("plan/cancel/", plans.cancel, name="plan-cancel"),
    path("plan/<slug:code>/trial/", plans.begin_trial, name="plan-trial"),
    path("plan/<slug:code>/pay/", plans.pay, name="plan-pay"),
    path("terms/", terms.page, name="terms"),
    path("terms/<int:number>/", terms.edition, name="terms-edition"),
    path("terms/<int:number>/answer/", terms.answered, name="terms-answer"),
    path("theme.css", theme.stylesheet, name="theme"),
    path("logo", theme.logo, name="logo"),
    path("icon-<int:size>.png", theme.icon, name="icon"),
    path("manifest.webmanifest", theme.manifest, name="manifest"),
]

urlpatterns = [
    path("", home.front_door, name="front-door"),
    path("m/<slug:slug>/", include(at_a_merchant)),
]
