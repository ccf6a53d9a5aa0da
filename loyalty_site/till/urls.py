"""The addresses of the till."""

from django.urls import path

from loyalty_site.till import apologies, codes, front, gift_cards, plans, presence, sales, visits, vouchers

app_name = "till"

urlpatterns = [
    path("", front.home, name="home"),
    path("find/", front.find, name="find"),
    path("join/", front.join_page, name="join"),
    path("shop/", front.shop, name="shop"),
    path("language/", front.language, name="language"),
    path("members/<slug:number>/", sales.member, name="member"),
    path("members/<slug:number>/apology/", apologies.apology, name="apology"),
    path("members/<slug:number>/membership/", plans.membership, name="membership"),
    path("members/<slug:number>/check-in/", visits.check_in, name="check-in"),
    path("members/<slug:number>/green/", visits.green, name="green"),
    path("members/<slug:number>/one-time-code/", presence.ask, name="ask"),
    path("members/<slug:number>/there/", presence.prove, name="prove"),
    path("members/<slug:number>/spend/", presence.spend, name="spend"),
    path("members/<slug:number>/quote/", sales.quote_page, name="quote"),
    path("members/<slug:number>/sale/", sales.record, name="record"),
    path("sales/<path:order>/refund/", sales.refund, name="refund"),
    path("sales/<path:order>/", sales.sale, name="sale"),
    path("codes/<slug:code>/", codes.code, name="code"),
    path("codes/<slug:code>/use/", codes.use, name="use"),
    path("gift-cards/<slug:code>/", gift_cards.gift_card, name="gift-card"),
    path("vouchers/<slug:code>/use/", vouchers.use, name="voucher-use"),
]
